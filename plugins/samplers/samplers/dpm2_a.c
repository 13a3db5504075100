/* DPM2 ancestral: DPM2's step to a lower level than asked, then noise back up to it.
 * DPM-Solver-2 of Lu et al. 2022, "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around
 * 10 Steps", algorithm 1, made ancestral as k-diffusion's sample_dpm_2_ancestral. https://arxiv.org/abs/2206.00927 */
#include "../tables.h"
#include "ancestral.h"
#include "dpm2_step.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    able_tensor *noise = scratch[1]; /* holds x2 before */
    const double eta = number_of(s, "eta");
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double sigma = s->sigmas[i];
        const double next = s->sigmas[i + 1];
        const ancestral to = ancestral_step(sigma, next, eta);
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        if (to.down > 0.0) {
            ABLE_TRY(dpm2_step(s, sigma, to.down, denoised, scratch[1], scratch[2]));
            ABLE_TRY(add_noise(s, s->x, to.up, sigma, next, noise));
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
    .flags = ABLE_FLAG_STOCHASTIC,
    .id = "dpm2_a",
    .name = "DPM2 a",
    .summary = "DPM2 with fresh noise at every step; two evaluations. More steps give another image.",
    .url = "https://arxiv.org/abs/2206.00927",
    ALIASES("DPM2 a", "DPM2 Ancestral", "dpm_2_ancestral", "k_dpm_2_a", "k_dpm_2_ancestral", "sample_dpm_2_ancestral",
            "KDPM2AncestralDiscreteScheduler"),
    PARAMS(&param_eta, &param_s_noise),
};

const able_sampler sampler_dpm2_a = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = two_evaluations_a_step,
    .sample = sample,
};
