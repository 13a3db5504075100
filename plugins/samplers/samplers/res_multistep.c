/* RES multistep: a second-order exponential multistep solver in the data prediction, plain and ancestral.
 * Zhang et al. 2023, "Improved Order Analysis and Design of Exponential Integrator for Diffusion Models Sampling",
 * section 3 (refined exponential solver), in the multistep form of NVIDIA's Cosmos; as ComfyUI's res_multistep, where
 * the last estimate counts from the level that noise was added at. https://arxiv.org/abs/2308.02157 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

static double phi1(double z) {
    return expm1(z) / z;
}

static double phi2(double z) {
    return (phi1(z) - 1.0) / z;
}

/* From `sigma` to `down`, in lambda = -log sigma; c2 is where the last estimate lies, in steps from here. */
static able_status second_order(const able_sampling *s, double sigma, double down, double c2,
                                const able_tensor *denoised, const able_tensor *previous) {
    const double h = log(sigma / down);
    const double b2 = phi2(-h) / c2;
    const double coefficients[] = {down / sigma, h * (phi1(-h) - b2), h * b2};
    const able_tensor *const in[] = {s->x, denoised, previous};
    return s->ops->lincomb(s->ops, s->x, 3, coefficients, in);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    const double eta = number_of(s, "eta"); /* 0 where there is none */
    double last_down = 0.0;
    for (uint32_t i = 0; i < s->steps; ++i) {
        able_tensor *denoised = scratch[i % 2];
        const double sigma = s->sigmas[i];
        const double next = s->sigmas[i + 1];
        const ancestral to = ancestral_step(sigma, next, eta);
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        if (i > 0 && to.down > 0.0) {
            const double c2 = log(last_down / s->sigmas[i - 1]) / log(sigma / to.down);
            ABLE_TRY(second_order(s, sigma, to.down, c2, denoised, scratch[(i + 1) % 2]));
        } else {
            ABLE_TRY(able_lerp(s, s->x, to.down / sigma, s->x, denoised));
        }
        ABLE_TRY(add_noise(s, s->x, to.up, sigma, next, scratch[2]));
        ABLE_TRY(s->step(s, i, s->x, denoised));
        last_down = to.down;
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 3, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "res_multistep",
    .name = "RES Multistep",
    .summary = "Second order at one evaluation a step, close kin of DPM++ 2M. Deterministic.",
    .url = "https://arxiv.org/abs/2308.02157",
    ALIASES("RES Multistep", "sample_res_multistep"),
};

const able_sampler sampler_res_multistep = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};

static const able_descriptor descriptor_a = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC,
    .id = "res_multistep_a",
    .name = "RES Multistep a",
    .summary = "RES Multistep with fresh noise at every step. More steps give another image.",
    .url = "https://arxiv.org/abs/2308.02157",
    ALIASES("RES Multistep a", "res_multistep_ancestral", "sample_res_multistep_ancestral"),
    PARAMS(&param_eta, &param_s_noise),
};

const able_sampler sampler_res_multistep_a = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor_a,
    .default_schedule = "karras",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
