#include "sigma_table.h"

#include <math.h>

int has_sigma_table(const able_model_info *info) {
    return info->sigmas != NULL && info->sigma_count >= 2;
}

able_status check_steps(uint32_t steps, const able_job *job, uint32_t capacity) {
    if (steps == 0) {
        return job->fail(job, ABLE_INVALID_ARGUMENT, "steps is 0; ask for at least one");
    }
    if (capacity <= steps) {
        return job->fail(job, ABLE_INVALID_ARGUMENT, "the host gave the schedule too little room for its noise levels");
    }
    return ABLE_OK;
}

able_status check_steps_and_table(const able_model_info *info, uint32_t steps, const able_job *job, uint32_t capacity) {
    ABLE_TRY(check_steps(steps, job, capacity));
    if (!has_sigma_table(info)) {
        return job->fail(job, ABLE_UNSUPPORTED,
                         "the model has no table of training noise levels, which this schedule interpolates in; "
                         "choose another schedule");
    }
    return ABLE_OK;
}

double last_timestep(const able_model_info *info) {
    return (double)(info->sigma_count - 1);
}

double t_to_sigma(const able_model_info *info, double t) {
    const double clamped = fmin(fmax(t, 0.0), last_timestep(info));
    const double low = floor(clamped);
    const double weight = clamped - low;
    const double log_low = log(info->sigmas[(uint32_t)low]);
    const double log_high = log(info->sigmas[(uint32_t)ceil(clamped)]);
    return exp((1.0 - weight) * log_low + weight * log_high);
}

double sigma_to_t(const able_model_info *info, double sigma) {
    if (!(sigma > info->sigmas[0])) {
        return 0.0;
    }
    /* sigmas[low] <= sigma < sigmas[high] throughout, unless sigma is past the end. */
    uint32_t low = 0;
    uint32_t high = info->sigma_count - 1;
    if (sigma >= info->sigmas[high]) {
        return (double)high;
    }
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (info->sigmas[middle] <= sigma) {
            low = middle;
            continue;
        }
        high = middle;
    }
    const double log_low = log(info->sigmas[low]);
    const double log_high = log(info->sigmas[high]);
    return low + (log(sigma) - log_low) / (log_high - log_low);
}
