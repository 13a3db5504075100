/* DPM++ 3M SDE: a third-order multistep solver of the reverse SDE in the data prediction.
 * The multistep SDE solver of Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic
 * Models", appendix A.4, carried to third order by k-diffusion's sample_dpmpp_3m_sde, which this follows; diffusers'
 * has another second difference term. https://arxiv.org/abs/2211.01095 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

enum { KEPT = 3 }; /* estimates: this step's and two before */

/* From sigmas[i] to sigmas[i + 1] > 0. Differences of D over lambda: d1_0 = (D0 - D1) / r0, d1_1 = (D1 - D2) / r1 with
 * r = h_{i-1} / h and h_{i-2} / h; x gains phi2 d1 - phi3 d2. Gathered by estimate. */
static able_status sde_step(const able_sampling *s, uint32_t i, able_tensor *const *estimates, able_tensor *noise) {
    const double eta = number_of(s, "eta");
    const double *sigmas = s->sigmas;
    const double h = log(sigmas[i] / sigmas[i + 1]);
    const double h_eta = h * (1.0 + eta);
    const double phi2 = expm1(-h_eta) / h_eta + 1.0;
    const double phi3 = phi2 / h_eta - 0.5;
    double coefficients[1 + KEPT] = {exp(-h_eta), -expm1(-h_eta)};
    if (i == 1) {
        const double k = phi2 * h / log(sigmas[0] / sigmas[1]);
        coefficients[1] += k;
        coefficients[2] = -k;
    } else if (i > 1) {
        const double r0 = log(sigmas[i - 1] / sigmas[i]) / h;
        const double r1 = log(sigmas[i - 2] / sigmas[i - 1]) / h;
        const double a = (phi2 * (1.0 + r0 / (r0 + r1)) - phi3 / (r0 + r1)) / r0; /* of D0 - D1 */
        const double b = (phi2 * r0 / (r0 + r1) - phi3 / (r0 + r1)) / r1;         /* of D2 - D1 */
        coefficients[1] += a;
        coefficients[2] = -a - b;
        coefficients[3] = b;
    }
    const able_tensor *const in[] = {s->x, estimates[i % KEPT], estimates[(i + KEPT - 1) % KEPT],
                                     estimates[(i + KEPT - 2) % KEPT]};
    ABLE_TRY(s->ops->lincomb(s->ops, s->x, i > 1 ? 4 : i + 2, coefficients, in));
    return add_noise(s, s->x, sigmas[i + 1] * sqrt(-expm1(-2.0 * eta * h)), sigmas[i], sigmas[i + 1], noise);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    for (uint32_t i = 0; i < s->steps; ++i) {
        able_tensor *denoised = scratch[i % KEPT];
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        if (s->sigmas[i + 1] > 0.0) {
            ABLE_TRY(sde_step(s, i, scratch, scratch[KEPT]));
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

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC | ABLE_FLAG_BROWNIAN,
    .id = "dpmpp_3m_sde",
    .name = "DPM++ 3M SDE",
    .summary = "Third order with fresh noise, one evaluation a step; wants 30 steps or more.",
    .url = "https://arxiv.org/abs/2211.01095",
    ALIASES("DPM++ 3M SDE", "k_dpmpp_3m_sde", "sample_dpmpp_3m_sde"),
    PARAMS(&param_eta, &param_s_noise),
};

const able_sampler sampler_dpmpp_3m_sde = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "exponential",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
