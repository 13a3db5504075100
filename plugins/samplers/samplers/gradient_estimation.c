/* Gradient estimation: Euler's steps, with the slope carried on past the change it has just made.
 * Permenter & Yuan 2023, "Interpreting and Improving Diffusion Models from an Optimization Perspective", algorithm 2:
 * the slope gamma d_i + (1 - gamma) d_{i-1}. The step to 0 takes the estimate, as in ComfyUI.
 * https://arxiv.org/abs/2306.04848 */
#include "../tables.h"
#include "evaluations.h"
#include "history.h"
#include "params.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[HISTORY];
    const double gamma = number_of(s, "gamma");
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double step = s->sigmas[i + 1] - s->sigmas[i];
        const double weights[] = {gamma * step, (1.0 - gamma) * step};
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        if (s->sigmas[i + 1] > 0.0) {
            ABLE_TRY(keep_slope(s, scratch, i, s->sigmas[i], denoised));
            ABLE_TRY(i > 0 ? add_slopes(s, scratch, i, 2, weights) : add_slopes(s, scratch, i, 1, &step));
        } else {
            ABLE_TRY(able_lerp(s, s->x, 0.0, s->x, denoised));
        }
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, HISTORY + 1, walk);
}

static const able_param param_gamma =
    NUMBER_PARAM(FLOAT, "gamma", "Gamma", "How far the slope is carried on; 1 is Euler.", NULL, 1.0, 5.0, 2.0, 0.05);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "gradient_estimation",
    .name = "Gradient Estimation",
    .summary = "Euler that looks back one step to look ahead; one evaluation a step. Deterministic.",
    .url = "https://arxiv.org/abs/2306.04848",
    ALIASES("Gradient Estimation", "sample_gradient_estimation"),
    PARAMS(&param_gamma),
};

const able_sampler sampler_gradient_estimation = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
