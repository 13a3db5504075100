/* The single steps of DPM-Solver that DPM fast and DPM adaptive are made of.
 * Lu et al. 2022, "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10 Steps",
 * algorithms 1 and 2 in sigma space, as k-diffusion's DPMSolver. https://arxiv.org/abs/2206.00927 */
#ifndef ABLE_SAMPLERS_DPM_SOLVER_H
#define ABLE_SAMPLERS_DPM_SOLVER_H

#include <ablerefusal/ablerefusal.h>

#include <math.h>

/* The places of a run's scratch. Estimated noise eps = (x - D) / sigma where a step starts, and at two places within.
 */
enum { EPS, EPS1, EPS2, DPM_U, DPM_DENOISED, DPM_TENSORS };

/* Evaluates the noise of x at `sigma`. D stays in DPM_DENOISED. */
static inline able_status dpm_eps(const able_sampling *s, able_tensor *const *scratch, const able_tensor *x,
                                  double sigma, able_tensor *eps) {
    ABLE_TRY(s->denoise(s, x, sigma, scratch[DPM_DENOISED]));
    return able_combine(s, eps, 1.0 / sigma, x, -1.0 / sigma, scratch[DPM_DENOISED]);
}

/* out = x + a eps + b (later - eps), for `later` one of EPS1 and EPS2. */
static inline able_status dpm_move(const able_sampling *s, able_tensor *const *scratch, able_tensor *out,
                                   const able_tensor *x, double a, double b, const able_tensor *later) {
    const double coefficients[] = {1.0, a - b, b};
    const able_tensor *const in[] = {x, scratch[EPS], later};
    return s->ops->lincomb(s->ops, out, 3, coefficients, in);
}

/* The level a part r of the way in lambda = -log sigma. */
static inline double dpm_between(double sigma, double to, double r) {
    return sigma * pow(to / sigma, r);
}

/* EPS1, a part r1 of the way. EPS is known. */
static inline able_status dpm_look(const able_sampling *s, able_tensor *const *scratch, double sigma, double to,
                                   double r1) {
    const double between = dpm_between(sigma, to, r1);
    ABLE_TRY(able_combine(s, scratch[DPM_U], 1.0, s->x, between - sigma, scratch[EPS]));
    return dpm_eps(s, scratch, scratch[DPM_U], between, scratch[EPS1]);
}

/* EPS2, two thirds of the way. EPS is known, and EPS1 a third of the way. */
static inline able_status dpm_look_further(const able_sampling *s, able_tensor *const *scratch, double sigma,
                                           double to) {
    const double r1 = 1.0 / 3.0;
    const double r2 = 2.0 / 3.0;
    const double h2 = r2 * log(sigma / to);
    const double between = dpm_between(sigma, to, r2);
    const double b = -between * (r2 / r1) * (expm1(h2) / h2 - 1.0);
    ABLE_TRY(dpm_move(s, scratch, scratch[DPM_U], s->x, between - sigma, b, scratch[EPS1]));
    return dpm_eps(s, scratch, scratch[DPM_U], between, scratch[EPS2]);
}

/* out = s->x stepped from `sigma` to `to`, by first order with EPS, by second with EPS1 at r1, by third with EPS2. */
static inline able_status dpm_step1(const able_sampling *s, able_tensor *const *scratch, double sigma, double to,
                                    able_tensor *out) {
    return able_combine(s, out, 1.0, s->x, to - sigma, scratch[EPS]);
}

static inline able_status dpm_step2(const able_sampling *s, able_tensor *const *scratch, double sigma, double to,
                                    double r1, able_tensor *out) {
    return dpm_move(s, scratch, out, s->x, to - sigma, (to - sigma) / (2.0 * r1), scratch[EPS1]);
}

static inline able_status dpm_step3(const able_sampling *s, able_tensor *const *scratch, double sigma, double to,
                                    able_tensor *out) {
    const double h = log(sigma / to);
    return dpm_move(s, scratch, out, s->x, to - sigma, -to * 1.5 * (expm1(h) / h - 1.0), scratch[EPS2]);
}

/* Where a step to `to` really goes, to leave room for noise, but not below the last level, `end`; down^2 + up^2 = to^2.
 */
static inline ancestral dpm_target(double sigma, double to, double end, double eta) {
    ancestral step = ancestral_step(sigma, to, eta);
    step.down = fmax(end, step.down);
    step.up = sqrt(to * to - step.down * step.down);
    return step;
}

/* The last level above 0. */
static inline double dpm_end(const able_sampling *s) {
    return s->sigmas[s->steps] > 0.0 ? s->sigmas[s->steps] : s->sigmas[s->steps - 1];
}

/* DPM-Solver itself stops above 0. Where the run does not, one evaluation more takes the estimate. */
static inline able_status dpm_close(const able_sampling *s, able_tensor *denoised) {
    if (s->sigmas[s->steps] > 0.0) {
        return ABLE_OK;
    }
    ABLE_TRY(s->denoise(s, s->x, dpm_end(s), denoised));
    return able_lerp(s, s->x, 0.0, s->x, denoised);
}

#endif
