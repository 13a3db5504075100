/* Karras: levels whose rho-th roots are evenly spaced, which puts more of the steps at low noise.
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", eq. 5.
 * https://arxiv.org/abs/2206.00364 */
#include "../sigma_table.h"
#include "../tables.h"

#include <math.h>

/* The parameter's value, or the model's where that is 0. */
static double value_or(const able_params *params, const char *key, double fallback) {
    const double value = params->number(params, key);
    return value > 0.0 ? value : fallback;
}

static able_status sigmas(const able_model_info *info, uint32_t steps, const able_params *params, const able_job *job,
                          uint32_t capacity, double *out, uint32_t *count) {
    ABLE_TRY(check_steps(steps, job, capacity));
    const double rho = value_or(params, "rho", 7.0);
    const double sigma_min = value_or(params, "sigma_min", info->sigma_min);
    const double sigma_max = value_or(params, "sigma_max", info->sigma_max);
    if (!(sigma_min > 0.0 && sigma_min < sigma_max)) {
        return job->fail(job, ABLE_INVALID_ARGUMENT,
                         "sigma_min must be above 0 and below sigma_max; set both to 0 for the model's own range");
    }
    const double min_root = pow(sigma_min, 1.0 / rho);
    const double max_root = pow(sigma_max, 1.0 / rho);
    for (uint32_t i = 0; i < steps; ++i) {
        const double ramp = steps > 1 ? (double)i / (steps - 1) : 0.0;
        out[i] = pow(max_root + ramp * (min_root - max_root), rho);
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_param param_rho = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "rho",
    .label = "Rho",
    .help = "How strongly the steps gather at low noise; 1 spaces them evenly.",
    .minimum = 1.0,
    .maximum = 20.0,
    .default_number = 7.0,
    .step = 0.1,
};

static const able_param param_sigma_min = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "sigma_min",
    .label = "Lowest noise level",
    .help = "The last level before 0; 0 takes the model's own.",
    .unit = "sigma",
    .minimum = 0.0,
    .maximum = 10.0,
    .default_number = 0.0,
    .step = 0.001,
};

static const able_param param_sigma_max = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "sigma_max",
    .label = "Highest noise level",
    .help = "The first level; 0 takes the model's own.",
    .unit = "sigma",
    .minimum = 0.0,
    .maximum = 10000.0,
    .default_number = 0.0,
    .step = 0.1,
};

static const char *const aliases[] = {"Karras"};
static const able_param *const descriptor_params[] = {&param_rho, &param_sigma_min, &param_sigma_max};

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "karras",
    .name = "Karras",
    .summary = "More of the steps at low noise, where detail is made; a good choice for most samplers.",
    .url = "https://arxiv.org/abs/2206.00364",
    .aliases = aliases,
    .params = descriptor_params,
    .alias_count = COUNT_OF(aliases),
    .param_count = COUNT_OF(descriptor_params),
};

const able_schedule schedule_karras = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
