/* The bundled samplers and schedules. */
#include "tables.h"

#include <string.h>

static const able_sampler *const samplers[] = {
    &sampler_euler,
    &sampler_euler_a,
    &sampler_heun,
    &sampler_heunpp2,
    &sampler_dpm2,
    &sampler_dpm2_a,
    &sampler_lms,
    &sampler_dpmpp_2s_a,
    &sampler_dpmpp_sde,
    &sampler_dpmpp_2m,
    &sampler_dpmpp_2m_sde,
    &sampler_dpmpp_2m_sde_heun,
    &sampler_dpmpp_3m_sde,
    &sampler_dpm_fast,
    &sampler_dpm_adaptive,
    &sampler_ddim,
    &sampler_ddpm,
    &sampler_pndm,
    &sampler_ipndm,
    &sampler_uni_pc,
    &sampler_uni_pc_bh2,
    &sampler_deis,
    &sampler_res_multistep,
    &sampler_res_multistep_a,
    &sampler_gradient_estimation,
    &sampler_er_sde,
    &sampler_sa_solver,
    &sampler_restart,
    &sampler_euler_cfg_pp,
    &sampler_euler_a_cfg_pp,
    &sampler_dpmpp_2m_cfg_pp,
    &sampler_lcm,
    &sampler_tcd,
};

static const able_schedule *const schedules[] = {
    &schedule_normal,     &schedule_karras,           &schedule_exponential,      &schedule_polyexponential,
    &schedule_simple,     &schedule_sgm_uniform,      &schedule_ddim_uniform,     &schedule_beta,
    &schedule_kl_optimal, &schedule_linear_quadratic, &schedule_align_your_steps, &schedule_turbo,
    &schedule_lcm,
};

static const void *sampler_at(uint32_t index) {
    return index < COUNT_OF(samplers) ? samplers[index] : NULL;
}

static const void *schedule_at(uint32_t index) {
    return index < COUNT_OF(schedules) ? schedules[index] : NULL;
}

static const able_factory sampler_factory = {
    .struct_size = sizeof(able_factory), .count = COUNT_OF(samplers), .at = sampler_at};

static const able_factory schedule_factory = {
    .struct_size = sizeof(able_factory), .count = COUNT_OF(schedules), .at = schedule_at};

static const able_factory *get_factory(const char *id) {
    if (strcmp(id, ABLE_FACTORY_SAMPLER) == 0) {
        return &sampler_factory;
    }
    if (strcmp(id, ABLE_FACTORY_SCHEDULE) == 0) {
        return &schedule_factory;
    }
    return NULL;
}

const able_plugin *able_plugin_v1(void) {
    static const able_plugin plugin = {
        .struct_size = sizeof(able_plugin),
        .abi_minor = ABLE_ABI_MINOR,
        .min_host_minor = 0,
        .id = "able.samplers",
        .name = "Samplers",
        .version = ABLE_PLUGIN_VERSION,
        .vendor = "AbleRefusal",
        .licence = "MIT",
        .get_factory = get_factory,
    };
    return &plugin;
}
