/* Parameters that several samplers share. */
#ifndef ABLE_SAMPLERS_PARAMS_H
#define ABLE_SAMPLERS_PARAMS_H

#include <ablerefusal/ablerefusal.h>

extern const able_param param_s_noise;
extern const able_param param_eta;      /* 1 unless asked for otherwise */
extern const able_param param_eta_none; /* the same, 0 unless asked for otherwise */

static inline double number_of(const able_sampling *s, const char *key) {
    return s->params->number(s->params, key);
}

#endif
