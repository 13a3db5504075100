/* DDPM: ancestral sampling, the way diffusion models were first sampled.
 * Ho et al. 2020, "Denoising Diffusion Probabilistic Models", algorithm 2 with the posterior's variance, eq. 7, between
 * any two levels. Over sqrt(alpha) that is an Euler step with full ancestral noise (Song et al. 2020, section 4.1);
 * diffusers' DDPMScheduler agrees. https://arxiv.org/abs/2006.11239 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    able_tensor *noise = scratch[1];
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double sigma = s->sigmas[i];
        const double next = s->sigmas[i + 1];
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        ABLE_TRY(ancestral_euler(s, sigma, next, ancestral_step(sigma, next, 1.0), denoised, noise));
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
    .id = "ddpm",
    .name = "DDPM",
    .summary = "Ancestral sampling as the first diffusion models had it; wants many steps.",
    .url = "https://arxiv.org/abs/2006.11239",
    ALIASES("DDPM", "sample_ddpm", "DDPMScheduler"),
    PARAMS(&param_s_noise),
};

const able_sampler sampler_ddpm = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
