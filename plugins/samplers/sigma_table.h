/* What schedules ask of a request, and the levels of whole timesteps. */
#ifndef ABLE_SAMPLERS_SIGMA_TABLE_H
#define ABLE_SAMPLERS_SIGMA_TABLE_H

#include <ablerefusal/ablerefusal.h>

/* What every schedule asks first: at least one step, and room for steps + 1 values. Fails the job if not. */
able_status check_steps(const able_schedule_request *request, const able_job *job, uint32_t capacity);

/* How many whole timesteps the model has. */
uint32_t level_count(const able_noise_levels *levels);

/* The level at a whole timestep: the table's own entry where there is a table, which able_timestep_to_sigma() reaches
 * by way of logarithms and so but for the last bits. */
double whole_level(const able_noise_levels *levels, uint32_t timestep);

#endif
