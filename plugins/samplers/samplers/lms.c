/* LMS: Adams-Bashforth with the weights for the actual levels, up to fourth order at Euler's price.
 * Hairer, Norsett & Wanner 1993, "Solving Ordinary Differential Equations I", section III.5, on the flow of Karras et
 * al. 2022, eq. 1; as k-diffusion's sample_lms. https://arxiv.org/abs/2206.00364 */
#include "../tables.h"
#include "evaluations.h"
#include "history.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

/* The integral from sigmas[i] to sigmas[i + 1] of the Lagrange polynomial that is 1 at sigmas[i - j] and 0 at the other
 * `order` latest levels. Gauss's rule of two points is exact for what is at most a cubic. */
static double weight(const double *sigmas, uint32_t i, uint32_t order, uint32_t j) {
    const double middle = (sigmas[i] + sigmas[i + 1]) / 2.0;
    const double half = (sigmas[i + 1] - sigmas[i]) / 2.0;
    double sum = 0.0;
    for (int side = -1; side <= 1; side += 2) {
        const double tau = middle + side * half / sqrt(3.0);
        double product = 1.0;
        for (uint32_t k = 0; k < order; ++k) {
            product *= k == j ? 1.0 : (tau - sigmas[i - k]) / (sigmas[i - j] - sigmas[i - k]);
        }
        sum += product;
    }
    return half * sum;
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[HISTORY];
    const uint32_t order = (uint32_t)number_of(s, "order");
    for (uint32_t i = 0; i < s->steps; ++i) {
        const uint32_t count = smaller(i + 1, order);
        double weights[HISTORY];
        for (uint32_t j = 0; j < count; ++j) {
            weights[j] = weight(s->sigmas, i, count, j);
        }
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        ABLE_TRY(keep_slope(s, scratch, i, s->sigmas[i], denoised));
        ABLE_TRY(add_slopes(s, scratch, i, count, weights));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, HISTORY + 1, walk);
}

static const able_param param_order =
    NUMBER_PARAM(INT, "order", "Order", "How many steps each one is worked out from.", NULL, 1.0, 4.0, 4.0, 1.0);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "lms",
    .name = "LMS",
    .summary = "Fourth order from the steps before, one evaluation each. Deterministic.",
    .url = "https://arxiv.org/abs/2206.00364",
    ALIASES("LMS", "k_lms", "sample_lms", "LMSDiscreteScheduler"),
    PARAMS(&param_order),
};

const able_sampler sampler_lms = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
