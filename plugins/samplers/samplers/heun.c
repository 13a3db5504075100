/* Heun: Euler's step, then the mean of the slopes at both its ends.
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 2.
 * https://arxiv.org/abs/2206.00364 */
#include "../tables.h"
#include "churn.h"
#include "scratch.h"

/* x + (d + d2) / 2 * (next - sigma), with d = (x - D) / sigma and d2 = (x2 - D2) / next, gathered by tensor. */
static able_status correct(const able_sampling *s, double sigma, double next, const able_tensor *denoised,
                           const able_tensor *x2, const able_tensor *denoised2) {
    const double w = (next - sigma) / (2.0 * sigma);
    const double w2 = (next - sigma) / (2.0 * next);
    const double coefficients[] = {1.0 + w, -w, w2, -w2};
    const able_tensor *const in[] = {s->x, denoised, x2, denoised2};
    return s->ops->lincomb(s->ops, s->x, 4, coefficients, in);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    able_tensor *x2 = scratch[1];
    able_tensor *denoised2 = scratch[2];
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double next = s->sigmas[i + 1];
        double sigma;
        ABLE_TRY(churn(s, i, denoised, &sigma)); /* `denoised` is free until the next line */
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        if (next > 0.0) {
            ABLE_TRY(able_lerp(s, x2, next / sigma, s->x, denoised));
            ABLE_TRY(s->denoise(s, x2, next, denoised2));
            ABLE_TRY(correct(s, sigma, next, denoised, x2, denoised2));
        } else { /* the slope at 0 is undefined: Euler */
            ABLE_TRY(able_lerp(s, s->x, 0.0, s->x, denoised));
        }
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 3, walk);
}

static uint32_t evaluations(uint32_t steps) {
    return steps == 0 ? 0 : 2 * steps - 1;
}

static const char *const aliases[] = {"Heun", "k_heun", "sample_heun", "HeunDiscreteScheduler"};
static const able_param *const params[] = {CHURN_PARAMS};

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "heun",
    .name = "Heun",
    .summary = "Second order: more exact than Euler at twice the time a step. Deterministic unless churned.",
    .url = "https://arxiv.org/abs/2206.00364",
    .aliases = aliases,
    .params = params,
    .alias_count = COUNT_OF(aliases),
    .param_count = COUNT_OF(params),
};

const able_sampler sampler_heun = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = evaluations,
    .sample = sample,
};
