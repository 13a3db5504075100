/* ER-SDE: the extended reverse-time SDE in the data prediction, whose noise is scaled to the level; third order.
 * Cui et al. 2023, "Elucidating the Solution Space of Extended Reverse-Time SDE for Diffusion Models", algorithms 4 and
 * 5 in sigma space, with ER-SDE 5 for the noise; as ComfyUI's sample_er_sde, its sums of 200 points included.
 * https://arxiv.org/abs/2309.06169 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

enum { KEPT = 3, POINTS = 200 };

/* The paper's phi, ER-SDE 5. */
static double scale(double sigma) {
    return sigma * (exp(pow(sigma, 0.3)) + 10.0);
}

/* From sigmas[i] to sigmas[i + 1] > 0. x = r x + (1 - r) D0 + w1 D' + w2 D'', with divided differences of D over sigma:
 * D' = (D0 - D1) / (sigma_i - sigma_{i-1}), D'' = (D' - D'_last) / ((sigma_i - sigma_{i-2}) / 2). Gathered by estimate.
 */
static able_status sde_step(const able_sampling *s, uint32_t i, uint32_t stage, able_tensor *const *estimates,
                            able_tensor *noise) {
    const double sigma = s->sigmas[i];
    const double next = s->sigmas[i + 1];
    const double r = scale(next) / scale(sigma);
    double coefficients[1 + KEPT] = {r, 1.0 - r};
    const double dt = next - sigma;
    double sum = 0.0;
    double sum_u = 0.0;
    for (int k = 0; k < POINTS; ++k) { /* from `next` up, left ends: the integrals of 1 / phi and (u - sigma) / phi */
        const double u = next - k * dt / POINTS;
        sum -= dt / POINTS / scale(u);
        sum_u -= dt / POINTS * (u - sigma) / scale(u);
    }
    if (stage >= 2) {
        double to_first = (dt + sum * scale(next)) / (sigma - s->sigmas[i - 1]); /* of D0 - D1 */
        if (stage >= 3) {
            const double w2 = (dt * dt / 2.0 + sum_u * scale(next)) / ((sigma - s->sigmas[i - 2]) / 2.0);
            const double to_second = w2 / (s->sigmas[i - 1] - s->sigmas[i - 2]); /* of D2 - D1 */
            to_first += w2 / (sigma - s->sigmas[i - 1]);
            coefficients[2] -= to_second;
            coefficients[3] = to_second;
        }
        coefficients[1] += to_first;
        coefficients[2] -= to_first;
    }
    const able_tensor *const in[] = {s->x, estimates[i % KEPT], estimates[(i + KEPT - 1) % KEPT],
                                     estimates[(i + KEPT - 2) % KEPT]};
    ABLE_TRY(s->ops->lincomb(s->ops, s->x, stage + 1, coefficients, in));
    return add_noise(s, s->x, sqrt(fmax(next * next - sigma * sigma * r * r, 0.0)), sigma, next, noise);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    const uint32_t order = (uint32_t)number_of(s, "order");
    for (uint32_t i = 0; i < s->steps; ++i) {
        able_tensor *denoised = scratch[i % KEPT];
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        if (s->sigmas[i + 1] > 0.0) {
            ABLE_TRY(sde_step(s, i, i + 1 < order ? i + 1 : order, scratch, scratch[KEPT]));
        } else {
            ABLE_TRY(able_lerp(s, s->x, 0.0, s->x, denoised));
        }
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, KEPT + 1, walk);
}

static const able_param param_order =
    NUMBER_PARAM(INT, "order", "Order", "How many steps each one is worked out from.", NULL, 1.0, 3.0, 3.0, 1.0);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC,
    .id = "er_sde",
    .name = "ER-SDE",
    .summary = "Third order with noise that lessens as detail appears, one evaluation a step.",
    .url = "https://arxiv.org/abs/2309.06169",
    ALIASES("ER-SDE", "ER SDE", "sample_er_sde"),
    PARAMS(&param_order, &param_s_noise),
};

const able_sampler sampler_er_sde = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
