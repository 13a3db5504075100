/* Euler: explicit steps of dx/dsigma = (x - D(x, sigma)) / sigma.
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 2 without its
 * second-order correction. https://arxiv.org/abs/2206.00364 */
#include "../tables.h"
#include "churn.h"
#include "evaluations.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    for (uint32_t i = 0; i < s->steps; ++i) {
        double sigma;
        ABLE_TRY(churn(s, i, denoised, &sigma)); /* `denoised` is free until the next line */
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        ABLE_TRY(able_lerp(s, s->x, s->sigmas[i + 1] / sigma, s->x, denoised));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 1, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "euler",
    .name = "Euler",
    .summary = "The simplest solver: one straight step at a time. Deterministic unless churned.",
    .url = "https://arxiv.org/abs/2206.00364",
    ALIASES("Euler", "k_euler", "sample_euler", "EulerDiscreteScheduler"),
    PARAMS(CHURN_PARAMS),
};

const able_sampler sampler_euler = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
