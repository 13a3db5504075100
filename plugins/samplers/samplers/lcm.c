/* LCM: jump to the estimate of the clean latents, then noise it to the next level.
 * Multistep consistency sampling, Song et al. 2023, "Consistency Models", algorithm 1, with the boundary scalings of
 * Luo et al. 2023, "Latent Consistency Models", section 4.1. https://arxiv.org/abs/2310.04378 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

/* f(x, t) = c_skip(t) x_vp + c_out(t) D, which is x itself at t = 0. sigma_data 0.5 and time x 10 are those that the
 * models were distilled with (diffusers, scheduling_lcm.py). */
static able_status consistency(const able_sampling *s, double sigma, able_tensor *denoised) {
    const double sigma_data = 0.5;
    const double t = 10.0 * able_sigma_to_timestep(s->levels, sigma);
    const double c_skip = sigma_data * sigma_data / (t * t + sigma_data * sigma_data);
    const double c_out = t / sqrt(t * t + sigma_data * sigma_data);
    return able_combine(s, denoised, c_skip / sqrt(1.0 + sigma * sigma), s->x, c_out, denoised);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double sigma = s->sigmas[i];
        const double next = s->sigmas[i + 1];
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        ABLE_TRY(consistency(s, sigma, denoised));
        ABLE_TRY(copy(s, s->x, denoised));
        ABLE_TRY(add_noise(s, s->x, next, sigma, next, scratch[1]));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 2, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC | ABLE_FLAG_FEW_STEPS,
    .id = "lcm",
    .name = "LCM",
    .summary = "For latent consistency models and LCM adapters: 2 to 8 steps with a guidance scale of 1 to 2.",
    .url = "https://arxiv.org/abs/2310.04378",
    ALIASES("LCM", "sample_lcm", "LCMScheduler"),
    PARAMS(&param_s_noise),
};

const able_sampler sampler_lcm = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "lcm",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
