/* The ancestral step: go down further than asked, then add noise back up to the level asked for. */
#ifndef ABLE_SAMPLERS_ANCESTRAL_H
#define ABLE_SAMPLERS_ANCESTRAL_H

#include <math.h>

typedef struct ancestral {
    double down; /* to step to without noise */
    double up;   /* standard deviation of the noise to add then: down^2 + up^2 = to^2 */
} ancestral;

/* eta = 0 is the plain step, eta = 1 the variance of DDPM's posterior: Song et al. 2020, "Denoising Diffusion Implicit
 * Models", eq. 16, in sigma space as in k-diffusion (sampling.py, get_ancestral_step). */
static inline ancestral ancestral_step(double from, double to, double eta) {
    ancestral step;
    step.up = fmin(to, eta * sqrt(to * to * (from * from - to * to) / (from * from)));
    step.down = sqrt(to * to - step.up * step.up);
    return step;
}

#endif
