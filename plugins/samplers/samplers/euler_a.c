/* Euler ancestral: an Euler step to a lower level than asked, then noise back up to it.
 * The ancestral sampling of Song et al. 2021, "Score-Based Generative Modeling through Stochastic Differential
 * Equations", appendix F, for the variance-exploding form; as k-diffusion's sample_euler_ancestral.
 * https://arxiv.org/abs/2011.13456 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    able_tensor *noise = scratch[1];
    const double eta = number_of(s, "eta");
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double sigma = s->sigmas[i];
        const double next = s->sigmas[i + 1];
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        ABLE_TRY(ancestral_euler(s, sigma, next, ancestral_step(sigma, next, eta), denoised, noise));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 2, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC,
    .id = "euler_a",
    .name = "Euler a",
    .summary = "Euler with fresh noise at every step: varied and forgiving; more steps give another image.",
    .url = "https://arxiv.org/abs/2011.13456",
    ALIASES("Euler a", "Euler Ancestral", "euler_ancestral", "k_euler_a", "k_euler_ancestral", "sample_euler_ancestral",
            "EulerAncestralDiscreteScheduler"),
    PARAMS(&param_eta, &param_s_noise),
};

const able_sampler sampler_euler_a = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
