/* The slopes of the last steps, for linear multistep methods in sigma. */
#ifndef ABLE_SAMPLERS_HISTORY_H
#define ABLE_SAMPLERS_HISTORY_H

#include <ablerefusal/ablerefusal.h>

enum { HISTORY = 4 }; /* slopes kept: a ring of tensors, entry i in place i % HISTORY */

/* Keeps d = (x - D) / sigma as entry `i`. */
static inline able_status keep_slope(const able_sampling *s, able_tensor *const *history, uint32_t i, double sigma,
                                     const able_tensor *denoised) {
    return able_combine(s, history[i % HISTORY], 1.0 / sigma, s->x, -1.0 / sigma, denoised);
}

/* x += the sum over j < count <= HISTORY of weights[j] times entry i - j. */
static inline able_status add_slopes(const able_sampling *s, able_tensor *const *history, uint32_t i, uint32_t count,
                                     const double *weights) {
    double coefficients[HISTORY + 1] = {1.0};
    const able_tensor *in[HISTORY + 1] = {s->x};
    for (uint32_t j = 0; j < count; ++j) {
        coefficients[j + 1] = weights[j];
        in[j + 1] = history[(i - j) % HISTORY];
    }
    return s->ops->lincomb(s->ops, s->x, count + 1, coefficients, in);
}

/* Weights of the last `count` entries for steps of equal length, the latest first. Hairer, Norsett & Wanner 1993,
 * "Solving Ordinary Differential Equations I", table III.1.1. */
static inline const double *adams_bashforth_weights(uint32_t count) {
    static const double table[HISTORY][HISTORY] = {{1.0},
                                                   {3.0 / 2.0, -1.0 / 2.0},
                                                   {23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0},
                                                   {55.0 / 24.0, -59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0}};
    return table[count - 1];
}

/* Adams-Bashforth of order `count` from sigmas[i] to sigmas[i + 1]. */
static inline able_status adams_bashforth(const able_sampling *s, able_tensor *const *history, uint32_t i,
                                          uint32_t count) {
    const double *table = adams_bashforth_weights(count);
    double weights[HISTORY] = {0.0};
    for (uint32_t j = 0; j < count; ++j) {
        weights[j] = (s->sigmas[i + 1] - s->sigmas[i]) * table[j];
    }
    return add_slopes(s, history, i, count, weights);
}

static inline uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

#endif
