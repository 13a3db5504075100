/* ablerefusal/schedule.h: which noise levels a sampler visits.
 *
 * A pure function from a model's noise levels, the picture's size and a number of steps to a falling sequence of sigmas. */
#ifndef ABLEREFUSAL_SCHEDULE_H
#define ABLEREFUSAL_SCHEDULE_H

#include "job.h"
#include "model_info.h"
#include "param.h"

ABLE_C_BEGIN

#define ABLE_FACTORY_SCHEDULE "able.schedule/1"

typedef struct able_schedule_request {
    uint32_t struct_size;
    uint32_t steps;         /* intervals to make, at least 1 */
    uint32_t width, height; /* of the picture, in pixels */
    const able_model_info *info;
    /* The model's levels for this picture: a shift by its size or its steps is in them. Walk them in timesteps, by
     * able_timestep_to_sigma() and its inverse, and any kind of model will do. */
    const able_noise_levels *levels;
    const able_params *params; /* the schedule's */
} able_schedule_request;

typedef struct able_schedule {
    uint32_t struct_size;
    const able_descriptor *descriptor;

    /* Writes the falling noise levels for request->steps steps, the closing one (usually 0) included: steps + 1 values as
     * a rule, though a schedule may need a few more or fewer. Writes at most `capacity` (>= steps + 8) and sets `count`.
     * Reads nothing but its arguments. [any-thread] */
    able_status (*sigmas)(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) ABLE_NOEXCEPT;
} able_schedule;

ABLE_C_END

#endif
