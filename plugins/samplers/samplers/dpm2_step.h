/* One step of DPM-Solver-2 as k-diffusion has it, shared by DPM2 and its ancestral form. */
#ifndef ABLE_SAMPLERS_DPM2_STEP_H
#define ABLE_SAMPLERS_DPM2_STEP_H

#include <ablerefusal/ablerefusal.h>

#include <math.h>

/* s->x from `sigma` to `to` > 0 by the slope halfway between them in log sigma, d2 = (x2 - D2) / middle. */
static inline able_status dpm2_step(const able_sampling *s, double sigma, double to, const able_tensor *denoised,
                                    able_tensor *x2, able_tensor *denoised2) {
    const double middle = sqrt(sigma * to);
    ABLE_TRY(able_lerp(s, x2, middle / sigma, s->x, denoised));
    ABLE_TRY(s->denoise(s, x2, middle, denoised2));
    const double w = (to - sigma) / middle;
    const double coefficients[] = {1.0, w, -w};
    const able_tensor *const in[] = {s->x, x2, denoised2};
    return s->ops->lincomb(s->ops, s->x, 3, coefficients, in);
}

#endif
