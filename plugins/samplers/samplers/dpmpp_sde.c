/* DPM++ SDE: a second-order single step of the reverse SDE in the data prediction, noise added halfway too.
 * Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", section 4 and
 * appendix A.4 for the SDE, as k-diffusion's sample_dpmpp_sde. https://arxiv.org/abs/2211.01095 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

/* From `sigma` to `next` > 0, by way of the level that lies a part r of the way there in lambda = -log sigma. */
static able_status sde_step(const able_sampling *s, double sigma, double next, able_tensor *const *scratch) {
    const able_tensor *denoised = scratch[0];
    able_tensor *x2 = scratch[1];
    able_tensor *denoised2 = scratch[2];
    able_tensor *noise = scratch[3];
    const double eta = number_of(s, "eta");
    const double r = number_of(s, "r");

    const double between = sigma * pow(next / sigma, r);
    const ancestral half = ancestral_step(sigma, between, eta);
    ABLE_TRY(able_lerp(s, x2, half.down / sigma, s->x, denoised));
    ABLE_TRY(add_noise(s, x2, half.up, sigma, between, noise));
    ABLE_TRY(s->denoise(s, x2, between, denoised2));

    const double w = 1.0 / (2.0 * r);
    ABLE_TRY(able_combine(s, denoised2, 1.0 - w, denoised, w, denoised2));
    return ancestral_euler(s, sigma, next, ancestral_step(sigma, next, eta), denoised2, noise);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double sigma = s->sigmas[i];
        const double next = s->sigmas[i + 1];
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        if (next > 0.0) {
            ABLE_TRY(sde_step(s, sigma, next, scratch));
        } else {
            ABLE_TRY(able_lerp(s, s->x, 0.0, s->x, denoised));
        }
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 4, walk);
}

static const able_param param_r =
    NUMBER_PARAM(FLOAT, "r", "Midpoint", "Where within a step the model is asked again; 0.5 is the middle.", NULL, 0.1,
                 1.0, 0.5, 0.05);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC | ABLE_FLAG_BROWNIAN,
    .id = "dpmpp_sde",
    .name = "DPM++ SDE",
    .summary =
        "Second order with fresh noise twice a step; two evaluations. Detailed in few steps; more give another image.",
    .url = "https://arxiv.org/abs/2211.01095",
    ALIASES("DPM++ SDE", "k_dpmpp_sde", "sample_dpmpp_sde", "DPMSolverSDEScheduler"),
    PARAMS(&param_eta, &param_s_noise, &param_r),
};

const able_sampler sampler_dpmpp_sde = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = two_evaluations_a_step,
    .sample = sample,
};
