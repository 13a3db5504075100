/* DPM++ 2M SDE: the second-order multistep solver of the reverse SDE in the data prediction, in two forms.
 * Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", appendix A.4
 * (SDE-DPM-Solver++(2M)), in sigma space as k-diffusion's sample_dpmpp_2m_sde. https://arxiv.org/abs/2211.01095 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

typedef double (*correction)(double h);

/* The weight of the change (D_i - D_{i-1}) h_i / h_{i-1}, with h = (1 + eta) (lambda_{i+1} - lambda_i). */
static double midpoint(double h) {
    return -0.5 * expm1(-h);
}

static double heun(double h) {
    return 1.0 + expm1(-h) / h;
}

static able_status sde_step(const able_sampling *s, uint32_t i, correction weight, const able_tensor *denoised,
                            const able_tensor *previous, able_tensor *noise) {
    const double eta = number_of(s, "eta");
    const double sigma = s->sigmas[i];
    const double next = s->sigmas[i + 1];
    const double h = log(sigma / next);
    const double h_eta = h * (1.0 + eta);
    const double k = i > 0 ? weight(h_eta) * h / log(s->sigmas[i - 1] / sigma) : 0.0;
    const double coefficients[] = {exp(-h_eta), -expm1(-h_eta) + k, -k};
    const able_tensor *const in[] = {s->x, denoised, previous};
    ABLE_TRY(s->ops->lincomb(s->ops, s->x, i > 0 ? 3 : 2, coefficients, in));
    return add_noise(s, s->x, next * sqrt(-expm1(-2.0 * eta * h)), sigma, next, noise);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch, correction weight) {
    for (uint32_t i = 0; i < s->steps; ++i) {
        able_tensor *denoised = scratch[i % 2];
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        if (s->sigmas[i + 1] > 0.0) {
            ABLE_TRY(sde_step(s, i, weight, denoised, scratch[(i + 1) % 2], scratch[2]));
        } else {
            ABLE_TRY(able_lerp(s, s->x, 0.0, s->x, denoised));
        }
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status walk_midpoint(const able_sampling *s, able_tensor *const *scratch) {
    return walk(s, scratch, midpoint);
}

static able_status walk_heun(const able_sampling *s, able_tensor *const *scratch) {
    return walk(s, scratch, heun);
}

static able_status sample_midpoint(const able_sampling *s) {
    return with_scratch(s, 3, walk_midpoint);
}

static able_status sample_heun(const able_sampling *s) {
    return with_scratch(s, 3, walk_heun);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC | ABLE_FLAG_BROWNIAN,
    .id = "dpmpp_2m_sde",
    .name = "DPM++ 2M SDE",
    .summary = "DPM++ 2M with fresh noise at every step, one evaluation each. More steps give another image.",
    .url = "https://arxiv.org/abs/2211.01095",
    ALIASES("DPM++ 2M SDE", "DPM++ 2M SDE Midpoint", "k_dpmpp_2m_sde", "sample_dpmpp_2m_sde"),
    PARAMS(&param_eta, &param_s_noise),
};

const able_sampler sampler_dpmpp_2m_sde = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "exponential",
    .evaluations = one_evaluation_a_step,
    .sample = sample_midpoint,
};

static const able_descriptor descriptor_heun = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC | ABLE_FLAG_BROWNIAN,
    .id = "dpmpp_2m_sde_heun",
    .name = "DPM++ 2M SDE Heun",
    .summary = "DPM++ 2M SDE with Heun's correction in place of the midpoint's.",
    .url = "https://arxiv.org/abs/2211.01095",
    ALIASES("DPM++ 2M SDE Heun", "k_dpmpp_2m_sde_heun"),
    PARAMS(&param_eta, &param_s_noise),
};

const able_sampler sampler_dpmpp_2m_sde_heun = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor_heun,
    .default_schedule = "exponential",
    .evaluations = one_evaluation_a_step,
    .sample = sample_heun,
};
