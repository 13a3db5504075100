/* Parameters that several samplers share. */
#ifndef ABLE_SAMPLERS_PARAMS_H
#define ABLE_SAMPLERS_PARAMS_H

#include <ablerefusal/ablerefusal.h>

extern const able_param param_s_noise;

#endif
