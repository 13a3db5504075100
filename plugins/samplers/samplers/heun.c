/* Heun: Euler's step, then the mean of the slopes at both its ends.
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 2.
 * https://arxiv.org/abs/2206.00364 */
#include "../tables.h"
#include "churn.h"
#include "evaluations.h"
#include "heun_step.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    for (uint32_t i = 0; i < s->steps; ++i) {
        double sigma;
        ABLE_TRY(churn(s, i, denoised, &sigma)); /* `denoised` is free until the next line */
        ABLE_TRY(heun_step(s, sigma, s->sigmas[i + 1], denoised, scratch[1], scratch[2]));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 3, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "heun",
    .name = "Heun",
    .summary = "Second order: more exact than Euler at twice the time a step. Deterministic unless churned.",
    .url = "https://arxiv.org/abs/2206.00364",
    ALIASES("Heun", "k_heun", "sample_heun", "HeunDiscreteScheduler"),
    PARAMS(CHURN_PARAMS),
};

const able_sampler sampler_heun = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = two_evaluations_a_step,
    .sample = sample,
};
