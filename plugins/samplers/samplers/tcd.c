/* TCD: down to a timestep below the next one, then noise back up to it.
 * Zheng et al. 2024, "Trajectory Consistency Distillation", algorithm 4 (strategic stochastic sampling): the step goes
 * to s = (1 - gamma) t. Timesteps are whole, as in diffusers' TCDScheduler, which calls gamma eta.
 * https://arxiv.org/abs/2402.19159 */
#include "../tables.h"
#include "ancestral.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

/* Over sqrt(alpha), the two halves of the step are those of an ancestral one. */
static ancestral step_to(const able_sampling *s, double to) {
    const double gamma = number_of(s, "eta");
    ancestral step = {.down = to, .up = 0.0};
    if (to > 0.0 && gamma > 0.0) {
        const double t = (1.0 - gamma) * able_sigma_to_timestep(s->levels, to);
        step.down = fmin(to, able_timestep_to_sigma(s->levels, floor(t + 1e-6))); /* t comes from a logarithm */
        step.up = sqrt(to * to - step.down * step.down);
    }
    return step;
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double sigma = s->sigmas[i], next = s->sigmas[i + 1];
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        ABLE_TRY(ancestral_euler(s, sigma, next, step_to(s, next), denoised, scratch[1]));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 2, walk);
}

static const able_param param_gamma = NUMBER_PARAM(
    FLOAT, "eta", "Gamma", "How far below the next timestep each step goes before noise is added: 0 is deterministic.",
    "Noise", 0.0, 1.0, 0.3, 0.05);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC | ABLE_FLAG_FEW_STEPS,
    .id = "tcd",
    .name = "TCD",
    .summary = "For trajectory consistency models and TCD adapters: 2 to 8 steps without guidance.",
    .url = "https://arxiv.org/abs/2402.19159",
    ALIASES("TCD", "TCDScheduler"),
    PARAMS(&param_gamma, &param_s_noise),
};

const able_sampler sampler_tcd = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "lcm",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
