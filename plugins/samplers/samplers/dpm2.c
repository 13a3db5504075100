/* DPM2: the slope at the geometric middle of the step, taken over the whole of it.
 * DPM-Solver-2 of Lu et al. 2022, "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around
 * 10 Steps", algorithm 1, with linear steps in sigma and the churn of Karras et al. 2022, as k-diffusion's
 * sample_dpm_2. https://arxiv.org/abs/2206.00927 */
#include "../tables.h"
#include "churn.h"
#include "dpm2_step.h"
#include "evaluations.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double next = s->sigmas[i + 1];
        double sigma;
        ABLE_TRY(churn(s, i, denoised, &sigma)); /* `denoised` is free until the next line */
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        if (next > 0.0) {
            ABLE_TRY(dpm2_step(s, sigma, next, denoised, scratch[1], scratch[2]));
        } else { /* no middle between a level and 0: Euler */
            ABLE_TRY(able_lerp(s, s->x, 0.0, s->x, denoised));
        }
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 3, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "dpm2",
    .name = "DPM2",
    .summary = "Second order by a look at the middle of each step; two evaluations. Deterministic unless churned.",
    .url = "https://arxiv.org/abs/2206.00927",
    ALIASES("DPM2", "dpm_2", "k_dpm_2", "sample_dpm_2", "KDPM2DiscreteScheduler"),
    PARAMS(CHURN_PARAMS),
};

const able_sampler sampler_dpm2 = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = two_evaluations_a_step,
    .sample = sample,
};
