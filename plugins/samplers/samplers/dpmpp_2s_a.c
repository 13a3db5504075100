/* DPM++ 2S a: DPM-Solver++(2S), the single-step second-order solver in the data prediction, made ancestral.
 * Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", algorithm 1, in
 * sigma space as k-diffusion's sample_dpmpp_2s_ancestral. https://arxiv.org/abs/2211.01095 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    able_tensor *x2 = scratch[1]; /* then the noise */
    able_tensor *denoised2 = scratch[2];
    const double eta = number_of(s, "eta");
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double sigma = s->sigmas[i];
        const double next = s->sigmas[i + 1];
        const ancestral to = ancestral_step(sigma, next, eta);
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        if (to.down > 0.0) { /* by the estimate at the middle in lambda = -log sigma */
            const double middle = sqrt(sigma * to.down);
            ABLE_TRY(able_lerp(s, x2, middle / sigma, s->x, denoised));
            ABLE_TRY(s->denoise(s, x2, middle, denoised2));
            ABLE_TRY(able_lerp(s, s->x, to.down / sigma, s->x, denoised2));
        } else {
            ABLE_TRY(able_lerp(s, s->x, 0.0, s->x, denoised));
        }
        ABLE_TRY(add_noise(s, s->x, to.up, sigma, next, x2));
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
    .id = "dpmpp_2s_a",
    .name = "DPM++ 2S a",
    .summary = "Second order within each step, with fresh noise; two evaluations. More steps give another image.",
    .url = "https://arxiv.org/abs/2211.01095",
    ALIASES("DPM++ 2S a", "DPM++ 2S Ancestral", "dpmpp_2s_ancestral", "k_dpmpp_2s_a", "k_dpmpp_2s_ancestral",
            "sample_dpmpp_2s_ancestral"),
    PARAMS(&param_eta, &param_s_noise),
};

const able_sampler sampler_dpmpp_2s_a = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = two_evaluations_a_step,
    .sample = sample,
};
