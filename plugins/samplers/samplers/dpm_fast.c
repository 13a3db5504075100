/* DPM fast: DPM-Solver's steps of third order, in as many evaluations as there are steps.
 * Lu et al. 2022, "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10 Steps",
 * section 3.4 (DPM-Solver-fast), as k-diffusion's sample_dpm_fast. Of the levels it takes the first and the last above
 * 0, and places its own. https://arxiv.org/abs/2206.00927 */
#include "../tables.h"
#include "ancestral.h"
#include "dpm_solver.h"
#include "params.h"
#include "scratch.h"

/* Of interval `i` of `count` in a run of n evaluations: thirds while they last, then what is left. */
static uint32_t order_of(uint32_t i, uint32_t count, uint32_t n) {
    if (n % 3 == 0) {
        return i + 2 < count ? 3 : count - i;
    }
    return i + 1 < count ? 3 : n % 3;
}

static able_status interval(const able_sampling *s, able_tensor *const *scratch, uint32_t order, double sigma,
                            double to, uint32_t *done) {
    const ancestral target = dpm_target(sigma, to, dpm_end(s), number_of(s, "eta"));
    ABLE_TRY(dpm_eps(s, scratch, s->x, sigma, scratch[EPS]));
    ABLE_TRY(s->step(s, (*done)++, s->x, scratch[DPM_DENOISED]));
    if (order == 1) {
        ABLE_TRY(dpm_step1(s, scratch, sigma, target.down, s->x));
    } else if (order == 2) {
        ABLE_TRY(dpm_look(s, scratch, sigma, target.down, 0.5));
        ABLE_TRY(s->step(s, (*done)++, s->x, scratch[DPM_DENOISED]));
        ABLE_TRY(dpm_step2(s, scratch, sigma, target.down, 0.5, s->x));
    } else {
        ABLE_TRY(dpm_look(s, scratch, sigma, target.down, 1.0 / 3.0));
        ABLE_TRY(s->step(s, (*done)++, s->x, scratch[DPM_DENOISED]));
        ABLE_TRY(dpm_look_further(s, scratch, sigma, target.down));
        ABLE_TRY(s->step(s, (*done)++, s->x, scratch[DPM_DENOISED]));
        ABLE_TRY(dpm_step3(s, scratch, sigma, target.down, s->x));
    }
    return add_noise(s, s->x, target.up, sigma, to, scratch[DPM_U]);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    const double first = s->sigmas[0];
    const double last = dpm_end(s);
    uint32_t done = 0;
    if (!(last < first)) { /* a single step to 0 */
        ABLE_TRY(dpm_close(s, scratch[DPM_DENOISED]));
        return s->step(s, 0, s->x, scratch[DPM_DENOISED]);
    }
    const uint32_t count = s->steps / 3 + 1;
    for (uint32_t i = 0; i < count; ++i) {
        const double sigma = dpm_between(first, last, (double)i / count);
        const double to = i + 1 < count ? dpm_between(first, last, (double)(i + 1) / count) : last;
        ABLE_TRY(interval(s, scratch, order_of(i, count, s->steps), sigma, to, &done));
    }
    return dpm_close(s, scratch[DPM_DENOISED]);
}

/* The closing one included. */
static uint32_t evaluations(uint32_t steps) {
    return steps < 2 ? steps : steps + 1;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, DPM_TENSORS, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "dpm_fast",
    .name = "DPM fast",
    .summary = "DPM-Solver in a fixed number of evaluations; the schedule gives only the range. Deterministic unless "
               "eta is set.",
    .url = "https://arxiv.org/abs/2206.00927",
    ALIASES("DPM fast", "k_dpm_fast", "sample_dpm_fast"),
    PARAMS(&param_eta_none, &param_s_noise),
};

const able_sampler sampler_dpm_fast = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = evaluations,
    .sample = sample,
};
