/* Every sampler and schedule of this plugin; one file each. */
#ifndef ABLE_SAMPLERS_TABLES_H
#define ABLE_SAMPLERS_TABLES_H

#include <ablerefusal/ablerefusal.h>

extern const able_sampler sampler_ddim;
extern const able_sampler sampler_ddpm;
extern const able_sampler sampler_dpm2;
extern const able_sampler sampler_dpm2_a;
extern const able_sampler sampler_dpmpp_2m;
extern const able_sampler sampler_dpmpp_2m_sde;
extern const able_sampler sampler_dpmpp_2m_sde_heun;
extern const able_sampler sampler_dpmpp_2s_a;
extern const able_sampler sampler_dpmpp_3m_sde;
extern const able_sampler sampler_dpmpp_sde;
extern const able_sampler sampler_euler;
extern const able_sampler sampler_euler_a;
extern const able_sampler sampler_heun;
extern const able_sampler sampler_lcm;
extern const able_sampler sampler_lms;

extern const able_schedule schedule_align_your_steps;
extern const able_schedule schedule_beta;
extern const able_schedule schedule_ddim_uniform;
extern const able_schedule schedule_exponential;
extern const able_schedule schedule_karras;
extern const able_schedule schedule_kl_optimal;
extern const able_schedule schedule_lcm;
extern const able_schedule schedule_linear_quadratic;
extern const able_schedule schedule_normal;
extern const able_schedule schedule_polyexponential;
extern const able_schedule schedule_sgm_uniform;
extern const able_schedule schedule_simple;
extern const able_schedule schedule_turbo;

/* Elements of an array, for the counts beside the ABI's pointers. */
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#endif
