/* Karras et al. 2022, eq. 5: used by the schedule of that name and by the sampler that draws it anew, Restart. */
#ifndef ABLE_SCHEDULES_KARRAS_LEVEL_H
#define ABLE_SCHEDULES_KARRAS_LEVEL_H

#include <math.h>

/* The level a part `ramp` of the way from `max` (0) to `min` (1), evenly spaced in the rho-th root. */
static inline double karras_level(double min, double max, double rho, double ramp) {
    const double max_root = pow(max, 1.0 / rho);
    return pow(max_root + ramp * (pow(min, 1.0 / rho) - max_root), rho);
}

#endif
