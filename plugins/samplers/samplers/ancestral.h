/* The ancestral step: go down further than asked, then add noise back up to the level asked for. */
#ifndef ABLE_SAMPLERS_ANCESTRAL_H
#define ABLE_SAMPLERS_ANCESTRAL_H

#include <ablerefusal/ablerefusal.h>

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

/* out += s_noise * deviation * N, drawn into `noise` for the passage between two levels; nothing is drawn where the
 * deviation is 0. */
static inline able_status add_noise(const able_sampling *s, able_tensor *out, double deviation, double from, double to,
                                    able_tensor *noise) {
    if (!(deviation > 0.0)) {
        return ABLE_OK;
    }
    ABLE_TRY(s->noise(s, noise, from, to));
    return able_combine(s, out, 1.0, out, s->params->number(s->params, "s_noise") * deviation, noise);
}

/* An Euler step of x from `sigma` to step.down, and noise up to `to`. */
static inline able_status ancestral_euler(const able_sampling *s, double sigma, double to, ancestral step,
                                          const able_tensor *denoised, able_tensor *noise) {
    ABLE_TRY(able_lerp(s, s->x, step.down / sigma, s->x, denoised));
    return add_noise(s, s->x, step.up, sigma, to, noise);
}

#endif
