/* Beta: timesteps, or levels, at the quantiles of a beta distribution, which gathers them at both ends.
 * Lee et al. 2024, "Beta Sampling is All You Need", section 4.2: over timesteps, as in ComfyUI (beta_scheduler). A1111
 * and diffusers (use_beta_sigmas) spread the levels themselves; "over" chooses. https://arxiv.org/abs/2407.12173 */
#include "../sigma_table.h"
#include "../tables.h"
#include "beta_quantile.h"
#include "range.h"

#include <math.h>

static double number(const able_params *params, const char *key) {
    return params->number(params, key);
}

/* At 1 - i / steps, rounded to whole timesteps; those that fall together are one, so there may be fewer. */
static uint32_t over_timesteps(const able_noise_levels *levels, uint32_t steps, const able_params *params,
                               double *out) {
    uint32_t written = 0;
    double last = -1.0;
    for (uint32_t i = 0; i < steps; ++i) {
        const double part = beta_quantile(1.0 - (double)i / steps, number(params, "alpha"), number(params, "beta"));
        const double t = rint(part * able_last_timestep(levels));
        if (t != last) {
            out[written++] = whole_level(levels, (uint32_t)t);
            last = t;
        }
    }
    return written;
}

/* Levels too close to tell apart are one, too. */
static uint32_t over_levels(sigma_range range, uint32_t steps, const able_params *params, double *out) {
    uint32_t written = 0;
    for (uint32_t i = 0; i < steps; ++i) {
        const double part = beta_quantile(1.0 - ramp_at(i, steps), number(params, "alpha"), number(params, "beta"));
        const double level = range.min + part * (range.max - range.min);
        if (written == 0 || level < out[written - 1]) {
            out[written++] = level;
        }
    }
    return written;
}

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    sigma_range range;
    ABLE_TRY(range_of(request, job, capacity, &range));
    if (number(request->params, "over") > 0.0) {
        *count = over_levels(range, steps, request->params, out);
    } else {
        *count = over_timesteps(request->levels, steps, request->params, out);
    }
    out[(*count)++] = 0.0;
    return ABLE_OK;
}

static const able_param param_alpha = NUMBER_PARAM(
    FLOAT, "alpha", "Alpha", "Below 1 gathers steps at low noise, the more the smaller.", NULL, 0.1, 10.0, 0.6, 0.05);

static const able_param param_beta = NUMBER_PARAM(
    FLOAT, "beta", "Beta", "Below 1 gathers steps at high noise, the more the smaller.", NULL, 0.1, 10.0, 0.6, 0.05);

static const char *const overs[] = {"timesteps", "sigmas"};

static const able_param param_over = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_ENUM,
    .key = "over",
    .label = "Spread over",
    .help = "timesteps as in the paper and ComfyUI; sigmas as in A1111 and diffusers, which alone heeds the range.",
    .minimum = 0.0,
    .maximum = 1.0,
    .default_number = 0.0,
    .choices = overs,
    .choice_count = COUNT_OF(overs),
};

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "beta",
    .name = "Beta",
    .summary = "Timesteps that gather at both ends of the range, as the quantiles of a beta distribution.",
    .url = "https://arxiv.org/abs/2407.12173",
    ALIASES("Beta"),
    PARAMS(&param_alpha, &param_beta, &param_over, RANGE_PARAMS),
};

const able_schedule schedule_beta = {.struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
