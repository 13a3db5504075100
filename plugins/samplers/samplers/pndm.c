/* PNDM, or PLMS: fourth-order Adams-Bashforth on the estimated noise, begun with one step of improved Euler.
 * Liu et al. 2022, "Pseudo Numerical Methods for Diffusion Models on Manifolds", eqs. 12 and 13, without the
 * Runge-Kutta start, as Stable Diffusion's PLMS and diffusers' PNDMScheduler with skip_prk_steps. Its transfer, eq. 11,
 * is a straight step in sigma space. https://arxiv.org/abs/2202.09778 */
#include "../tables.h"
#include "evaluations.h"
#include "history.h"
#include "scratch.h"

/* The first step: to the next level and back, to leave by the mean of both slopes. */
static able_status first_step(const able_sampling *s, able_tensor *const *history, able_tensor *x2,
                              able_tensor *denoised) {
    const double next = s->sigmas[1];
    const double half = (next - s->sigmas[0]) / 2.0;
    ABLE_TRY(able_combine(s, x2, 1.0, s->x, 2.0 * half, history[0]));
    ABLE_TRY(s->denoise(s, x2, next, denoised));
    const double coefficients[] = {1.0, half, half / next, -half / next};
    const able_tensor *const in[] = {s->x, history[0], x2, denoised};
    return s->ops->lincomb(s->ops, s->x, 4, coefficients, in);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[HISTORY];
    for (uint32_t i = 0; i < s->steps; ++i) {
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        ABLE_TRY(keep_slope(s, scratch, i, s->sigmas[i], denoised));
        ABLE_TRY(i == 0 && s->sigmas[1] > 0.0 ? first_step(s, scratch, scratch[HISTORY + 1], denoised)
                                              : adams_bashforth(s, scratch, i, smaller(i + 1, HISTORY)));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static uint32_t evaluations(uint32_t steps) {
    return steps < 2 ? steps : steps + 1;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, HISTORY + 2, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "pndm",
    .name = "PNDM",
    .summary = "Fourth order from the steps before; Stable Diffusion's first default. Deterministic.",
    .url = "https://arxiv.org/abs/2202.09778",
    ALIASES("PNDM", "PLMS", "plms", "PNDMScheduler"),
};

const able_sampler sampler_pndm = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "ddim_uniform",
    .evaluations = evaluations,
    .sample = sample,
};
