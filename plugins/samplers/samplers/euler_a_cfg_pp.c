/* Euler ancestral CFG++: to the guided estimate, part of the way back along the unguided noise, then fresh noise.
 * Chung et al. 2024, "CFG++: Manifold-constrained Classifier Free Guidance for Diffusion Models", algorithm 2, made
 * ancestral as ComfyUI's sample_euler_ancestral_cfg_pp.
 * https://arxiv.org/abs/2406.08070 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    able_tensor *unconditional = scratch[1]; /* then the noise */
    const double eta = number_of(s, "eta");
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double sigma = s->sigmas[i];
        const double next = s->sigmas[i + 1];
        const ancestral to = ancestral_step(sigma, next, eta);
        ABLE_TRY(s->denoise_pair(s, s->x, sigma, denoised, unconditional));
        const double coefficients[] = {to.down / sigma, 1.0, -to.down / sigma}; /* D + (x - U) / sigma * down */
        const able_tensor *const in[] = {s->x, denoised, unconditional};
        ABLE_TRY(s->ops->lincomb(s->ops, s->x, 3, coefficients, in));
        ABLE_TRY(add_noise(s, s->x, to.up, sigma, next, unconditional));
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
    .id = "euler_a_cfg_pp",
    .name = "Euler a CFG++",
    .summary = "Euler a for guidance scales of 1 to 2, without the burnt look of strong guidance.",
    .url = "https://arxiv.org/abs/2406.08070",
    ALIASES("Euler a CFG++", "euler_ancestral_cfg_pp", "sample_euler_ancestral_cfg_pp"),
    PARAMS(&param_eta, &param_s_noise),
};

const able_sampler sampler_euler_a_cfg_pp = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
