/* The range of noise levels that schedules without a table of timesteps are spread over: the model's, or the request's.
 */
#ifndef ABLE_SCHEDULES_RANGE_H
#define ABLE_SCHEDULES_RANGE_H

#include <ablerefusal/ablerefusal.h>

extern const able_param param_sigma_min;
extern const able_param param_sigma_max;

/* Both parameters, for a descriptor. */
#define RANGE_PARAMS &param_sigma_min, &param_sigma_max

typedef struct sigma_range {
    double min, max; /* 0 < min < max */
} sigma_range;

/* Fails the job where the range is none, or where check_steps() does. */
able_status range_of(const able_schedule_request *request, const able_job *job, uint32_t capacity, sigma_range *range);

/* How far step i is from the first (0) to the last (1) of `steps` levels. */
static inline double ramp_at(uint32_t i, uint32_t steps) {
    return steps > 1 ? (double)i / (steps - 1) : 0.0;
}

#endif
