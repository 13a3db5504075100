/* ablerefusal/schedule.h: which noise levels a sampler visits.
 *
 * A pure function from a model's training noise levels and a number of steps to a falling sequence of sigmas. */
#ifndef ABLEREFUSAL_SCHEDULE_H
#define ABLEREFUSAL_SCHEDULE_H

#include "job.h"
#include "model_info.h"
#include "param.h"

ABLE_C_BEGIN

#define ABLE_FACTORY_SCHEDULE "able.schedule/1"

typedef struct able_schedule {
    uint32_t struct_size;
    const able_descriptor *descriptor;

    /* Writes the falling noise levels for `steps` steps, the closing one (usually 0) included: steps + 1 values as a
     * rule, though a schedule may need a few more or fewer. Writes at most `capacity` (>= steps + 8) and sets `count`.
     * Reads nothing but its arguments. [any-thread] */
    able_status (*sigmas)(const able_model_info *info, uint32_t steps, const able_params *params, const able_job *job,
                          uint32_t capacity, double *out, uint32_t *count) ABLE_NOEXCEPT;
} able_schedule;

ABLE_C_END

#endif
