/* Churn: raise the noise level a little before a step, so that the step corrects earlier errors.
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 2, lines 4 to 6.
 */
#ifndef ABLE_SAMPLERS_CHURN_H
#define ABLE_SAMPLERS_CHURN_H

#include "params.h"

extern const able_param param_s_churn;
extern const able_param param_s_tmin;
extern const able_param param_s_tmax;

/* The four parameters of the algorithm, for a descriptor. */
#define CHURN_PARAMS &param_s_churn, &param_s_tmin, &param_s_tmax, &param_s_noise

/* Raises s->x from sigmas[i] to `sigma_hat` = (1 + gamma) sigmas[i]. Draws noise, into `noise`, only where gamma > 0.
 */
able_status churn(const able_sampling *s, uint32_t i, able_tensor *noise, double *sigma_hat);

#endif
