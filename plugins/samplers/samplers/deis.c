/* DEIS: the estimated noise, extrapolated as a polynomial in log sigma, integrated exactly over each step.
 * Zhang & Chen 2022, "Fast Sampling of Diffusion Models with Exponential Integrator", eq. 15 (tAB-DEIS), with the log
 * rho of diffusers' DEISMultistepScheduler, which this follows; ComfyUI's interpolates in another variable. As there,
 * short runs end with lower orders. https://arxiv.org/abs/2204.13902 */
#include "../tables.h"
#include "evaluations.h"
#include "history.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

enum { MAX_ORDER = 3, SHORT_RUN = 15 };

/* An antiderivative of (log t - b) for order 2, of (log t - b)(log t - c) for order 3. */
static double antiderivative(uint32_t order, double t, double b, double c) {
    const double log_t = log(t);
    if (order == 2) {
        return t * (log_t - 1.0 - b);
    }
    return t * (log_t * log_t - 2.0 * log_t + 2.0 - (b + c) * (log_t - 1.0) + b * c);
}

/* The integral over step i of the Lagrange polynomial in log sigma that is 1 at sigmas[i - j] and 0 at the other latest
 * levels. */
static double weight(const double *sigmas, uint32_t i, uint32_t order, uint32_t j) {
    if (order == 1) {
        return sigmas[i + 1] - sigmas[i];
    }
    double others[MAX_ORDER - 1] = {0.0};
    uint32_t count = 0;
    double divisor = 1.0;
    for (uint32_t k = 0; k < order; ++k) {
        if (k != j) {
            others[count] = log(sigmas[i - k]);
            divisor *= log(sigmas[i - j]) - others[count++];
        }
    }
    return (antiderivative(order, sigmas[i + 1], others[0], others[1]) -
            antiderivative(order, sigmas[i], others[0], others[1])) /
           divisor;
}

static uint32_t order_at(const able_sampling *s, uint32_t i) {
    if (!(s->sigmas[i + 1] > 0.0)) {
        return 1; /* log 0 */
    }
    const uint32_t order = smaller(i + 1, (uint32_t)number_of(s, "order"));
    return s->steps < SHORT_RUN ? smaller(order, s->steps - i) : order;
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[HISTORY];
    for (uint32_t i = 0; i < s->steps; ++i) {
        const uint32_t order = order_at(s, i);
        double weights[HISTORY];
        for (uint32_t j = 0; j < order; ++j) {
            weights[j] = weight(s->sigmas, i, order, j);
        }
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        ABLE_TRY(keep_slope(s, scratch, i, s->sigmas[i], denoised));
        ABLE_TRY(add_slopes(s, scratch, i, order, weights));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, HISTORY + 1, walk);
}

static const able_param param_order =
    NUMBER_PARAM(INT, "order", "Order", "How many steps each one is worked out from.", NULL, 1.0, 3.0, 2.0, 1.0);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "deis",
    .name = "DEIS",
    .summary = "An exponential multistep solver in the estimated noise, one evaluation a step. Deterministic.",
    .url = "https://arxiv.org/abs/2204.13902",
    ALIASES("DEIS", "sample_deis", "DEISMultistepScheduler"),
    PARAMS(&param_order),
};

const able_sampler sampler_deis = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "sgm_uniform",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
