/* Between timesteps and noise levels, over a model's training table.
 *
 * Timesteps are real numbers in [0, sigma_count - 1]; between two entries log sigma is linear in t, as in k-diffusion
 * (external.py, DiscreteSchedule). */
#ifndef ABLE_SAMPLERS_SIGMA_TABLE_H
#define ABLE_SAMPLERS_SIGMA_TABLE_H

#include <ablerefusal/ablerefusal.h>

/* True where the model has a table to interpolate in: two entries or more. */
int has_sigma_table(const able_model_info *info);

/* What every schedule asks first: at least one step, and room for steps + 1 values. Fails the job if not. */
able_status check_steps(uint32_t steps, const able_job *job, uint32_t capacity);

/* The same, and that there is a table. */
able_status check_steps_and_table(const able_model_info *info, uint32_t steps, const able_job *job, uint32_t capacity);

/* The last timestep, sigma_count - 1. */
double last_timestep(const able_model_info *info);

/* Both clamp to the table's ends. They need has_sigma_table(). */
double t_to_sigma(const able_model_info *info, double t);
double sigma_to_t(const able_model_info *info, double sigma);

#endif
