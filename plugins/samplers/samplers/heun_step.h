/* One step of Heun's method, shared by Heun and Restart. */
#ifndef ABLE_SAMPLERS_HEUN_STEP_H
#define ABLE_SAMPLERS_HEUN_STEP_H

#include <ablerefusal/ablerefusal.h>

/* s->x from `sigma` to `next`: x + (d + d2) / 2 * (next - sigma), with d = (x - D) / sigma and d2 = (x2 - D2) / next,
 * gathered by tensor. To 0, where the slope is undefined, Euler's. Leaves D of the start in `denoised`. */
static inline able_status heun_step(const able_sampling *s, double sigma, double next, able_tensor *denoised,
                                    able_tensor *x2, able_tensor *denoised2) {
    ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
    if (!(next > 0.0)) {
        return able_lerp(s, s->x, 0.0, s->x, denoised);
    }
    ABLE_TRY(able_lerp(s, x2, next / sigma, s->x, denoised));
    ABLE_TRY(s->denoise(s, x2, next, denoised2));
    const double w = (next - sigma) / (2.0 * sigma);
    const double w2 = (next - sigma) / (2.0 * next);
    const double coefficients[] = {1.0 + w, -w, w2, -w2};
    const able_tensor *const in[] = {s->x, denoised, x2, denoised2};
    return s->ops->lincomb(s->ops, s->x, 4, coefficients, in);
}

#endif
