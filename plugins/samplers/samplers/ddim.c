/* DDIM: to the estimate of the clean latents, and back along the estimated noise, of which eta is fresh.
 * Song et al. 2020, "Denoising Diffusion Implicit Models", eq. 12 with the deviation of eq. 16. Over sqrt(alpha), which
 * turns their variance-preserving x into ours, that is an Euler step with ancestral noise to the last digit; diffusers'
 * DDIMScheduler agrees. https://arxiv.org/abs/2010.02502 */
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
    .id = "ddim",
    .name = "DDIM",
    .summary = "The classic: deterministic at eta 0, where it is Euler by another name; DDPM at eta 1.",
    .url = "https://arxiv.org/abs/2010.02502",
    ALIASES("DDIM", "sample_ddim", "DDIMScheduler"),
    PARAMS(&param_eta_none, &param_s_noise),
};

const able_sampler sampler_ddim = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "ddim_uniform",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
