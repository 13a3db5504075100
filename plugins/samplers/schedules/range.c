#include "range.h"

#include "../sigma_table.h"

const able_param param_sigma_min = {
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

const able_param param_sigma_max = {
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

/* The parameter's value, or the model's where that is 0. */
static double value_or(const able_params *params, const char *key, double fallback) {
    const double value = params->number(params, key);
    return value > 0.0 ? value : fallback;
}

able_status range_of(const able_schedule_request *request, const able_job *job, uint32_t capacity, sigma_range *range) {
    const able_params *params = request->params;
    ABLE_TRY(check_steps(request, job, capacity));
    range->min = value_or(params, "sigma_min", request->levels->sigma_min);
    range->max = value_or(params, "sigma_max", request->levels->sigma_max);
    if (!(range->min > 0.0 && range->min < range->max)) {
        return job->fail(job, ABLE_INVALID_ARGUMENT,
                         "sigma_min must be above 0 and below sigma_max; set both to 0 for the model's own range");
    }
    return ABLE_OK;
}
