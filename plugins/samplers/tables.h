/* Every sampler and schedule of this plugin; one file each. */
#ifndef ABLE_SAMPLERS_TABLES_H
#define ABLE_SAMPLERS_TABLES_H

#include <ablerefusal/ablerefusal.h>

extern const able_sampler sampler_dpmpp_2m;
extern const able_sampler sampler_euler;
extern const able_sampler sampler_euler_a;
extern const able_sampler sampler_heun;
extern const able_sampler sampler_lcm;

extern const able_schedule schedule_karras;
extern const able_schedule schedule_lcm;
extern const able_schedule schedule_normal;
extern const able_schedule schedule_sgm_uniform;

/* Elements of an array, for the counts beside the ABI's pointers. */
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#endif
