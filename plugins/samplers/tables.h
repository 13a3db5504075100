/* Every sampler and schedule of this plugin; one file each. */
#ifndef ABLE_SAMPLERS_TABLES_H
#define ABLE_SAMPLERS_TABLES_H

#include <ablerefusal/ablerefusal.h>

extern const able_sampler sampler_ddim;
extern const able_sampler sampler_ddpm;
extern const able_sampler sampler_deis;
extern const able_sampler sampler_dpm2;
extern const able_sampler sampler_dpm2_a;
extern const able_sampler sampler_dpm_adaptive;
extern const able_sampler sampler_dpm_fast;
extern const able_sampler sampler_dpmpp_2m;
extern const able_sampler sampler_dpmpp_2m_cfg_pp;
extern const able_sampler sampler_dpmpp_2m_sde;
extern const able_sampler sampler_dpmpp_2m_sde_heun;
extern const able_sampler sampler_dpmpp_2s_a;
extern const able_sampler sampler_dpmpp_3m_sde;
extern const able_sampler sampler_dpmpp_sde;
extern const able_sampler sampler_er_sde;
extern const able_sampler sampler_euler;
extern const able_sampler sampler_euler_a;
extern const able_sampler sampler_euler_a_cfg_pp;
extern const able_sampler sampler_euler_cfg_pp;
extern const able_sampler sampler_gradient_estimation;
extern const able_sampler sampler_heun;
extern const able_sampler sampler_heunpp2;
extern const able_sampler sampler_ipndm;
extern const able_sampler sampler_lcm;
extern const able_sampler sampler_lms;
extern const able_sampler sampler_pndm;
extern const able_sampler sampler_res_multistep;
extern const able_sampler sampler_res_multistep_a;
extern const able_sampler sampler_restart;
extern const able_sampler sampler_sa_solver;
extern const able_sampler sampler_tcd;
extern const able_sampler sampler_uni_pc;
extern const able_sampler sampler_uni_pc_bh2;

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

/* A descriptor's other names and its parameters, each with its count. */
#define ALIASES(...)                                                                                                   \
    .aliases = (const char *const[]){__VA_ARGS__}, .alias_count = COUNT_OF(((const char *const[]){__VA_ARGS__}))
#define PARAMS(...)                                                                                                    \
    .params = (const able_param *const[]){__VA_ARGS__},                                                                \
    .param_count = COUNT_OF(((const able_param *const[]){__VA_ARGS__}))

/* A parameter that is a number; FLOAT or INT. */
#define NUMBER_PARAM(kind, name, text, meaning, heading, low, high, value, increment)                                  \
    {                                                                                                                  \
        .struct_size = sizeof(able_param), .type = ABLE_PARAM_##kind, .key = (name), .label = (text),                  \
        .help = (meaning), .group = (heading), .minimum = (low), .maximum = (high), .default_number = (value),         \
        .step = (increment)                                                                                            \
    }

#endif
