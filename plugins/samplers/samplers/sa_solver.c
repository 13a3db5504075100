/* SA-Solver: Adams' predictor and corrector for the reverse SDE, with noise in the middle of the range only.
 * Xue et al. 2023, "SA-Solver: Stochastic Adams Solver for Fast Sampling of Diffusion Models", algorithm 1 (data
 * prediction), in sigma space; orders, second-order terms and the range as diffusers' SASolverScheduler.
 * https://arxiv.org/abs/2309.05019 */
#include "../tables.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

enum { MAX_ORDER = 3, LAST_X = MAX_ORDER, LAST_NOISE, TENSORS }; /* after the estimates of the latest levels */

/* One update from sigmas[from] to the next level, and the part of the SDE in it, the paper's tau. */
typedef struct update {
    uint32_t from, order;
    double tau;
} update;

/* tau between timesteps 200 and 800, as in the reference; everywhere, where the model has no timesteps. */
static double tau_at(const able_sampling *s, double sigma) {
    const double t = able_sigma_to_timestep(s->levels, sigma);
    return t >= 200.0 && t <= 800.0 ? number_of(s, "tau") : 0.0;
}

/* a times the integral over u from -h to 0 of e^(a u) L_j(u), where u is lambda less that of the next level and L_j is
 * the Lagrange polynomial over `order` nodes: the paper's eq. 15 and 18. */
static void adams(uint32_t order, const double *nodes, double a, double h, double *weights) {
    double moments[MAX_ORDER] = {-expm1(-a * h)}; /* of u^k */
    for (uint32_t k = 1; k < order; ++k) {
        moments[k] = -pow(-h, k) * exp(-a * h) - k / a * moments[k - 1];
    }
    for (uint32_t j = 0; j < order; ++j) {
        const double p = nodes[(j + 1) % order];
        const double q = nodes[(j + 2) % order];
        const double linear = order > 1 ? (moments[1] - p * moments[0]) / (nodes[j] - p) : moments[0];
        weights[j] = order < 3
                         ? linear
                         : (moments[2] - (p + q) * moments[1] + p * q * moments[0]) / ((nodes[j] - p) * (nodes[j] - q));
    }
}

/* s->x = the update of LAST_X, from the estimates at the levels `newest`, newest - 1, ...: those up to `from` predict,
 * with the one after it they correct. `from` adds its noise either way. */
static able_status apply(const able_sampling *s, update u, uint32_t newest, able_tensor *const *scratch) {
    const double sigma = s->sigmas[u.from];
    const double next = s->sigmas[u.from + 1];
    const double h = log(sigma / next);
    const double a = 1.0 + u.tau * u.tau;
    double nodes[MAX_ORDER], weights[MAX_ORDER];
    for (uint32_t j = 0; j < u.order; ++j) {
        nodes[j] = log(next / s->sigmas[newest - j]);
    }
    adams(u.order, nodes, a, h, weights);
    if (u.order == 2) { /* of third order in h; diffusers: "empirically it slightly improves the image" */
        const double second = (a * h + expm1(-a * h)) / (a * a);
        const double more = newest == u.from ? (h * h / 2.0 - second) / (nodes[0] - nodes[1]) : h / 2.0 - second / h;
        weights[0] += a * more;
        weights[1] -= a * more;
    }
    double coefficients[2 + MAX_ORDER] = {exp(-(a - 1.0) * h) * next / sigma};
    const able_tensor *in[2 + MAX_ORDER] = {scratch[LAST_X]};
    uint32_t count = 1;
    for (uint32_t j = 0; j < u.order; ++j, ++count) {
        coefficients[count] = weights[j];
        in[count] = scratch[(newest - j) % MAX_ORDER];
    }
    if (u.tau > 0.0) {
        coefficients[count] = number_of(s, "s_noise") * next * sqrt(-expm1(-2.0 * (a - 1.0) * h));
        in[count++] = scratch[LAST_NOISE];
    }
    return s->ops->lincomb(s->ops, s->x, count, coefficients, in);
}

static uint32_t least(double wanted, uint32_t most, uint32_t known) {
    const uint32_t order = (uint32_t)wanted < most ? (uint32_t)wanted : most;
    return order < known ? order : known;
}

static able_status predict(const able_sampling *s, update u, able_tensor *const *scratch) {
    const uint32_t i = u.from;
    if (!(s->sigmas[i + 1] > 0.0)) {
        return able_lerp(s, s->x, 0.0, s->x, scratch[i % MAX_ORDER]);
    }
    if (u.tau > 0.0) {
        ABLE_TRY(s->noise(s, scratch[LAST_NOISE], s->sigmas[i], s->sigmas[i + 1]));
    }
    ABLE_TRY(copy(s, scratch[LAST_X], s->x));
    return apply(s, u, i, scratch);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    update u = {.order = 0};
    for (uint32_t i = 0; i < s->steps; ++i) {
        able_tensor *denoised = scratch[i % MAX_ORDER];
        const uint32_t left = s->steps - i;
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        u.order = least(number_of(s, "corrector_order"), left + 2, i + 1);
        if (i > 0 && u.order > 0) {
            ABLE_TRY(apply(s, u, i, scratch));
        }
        u = (update){.from = i, .order = least(number_of(s, "order"), left, i + 1), .tau = tau_at(s, s->sigmas[i])};
        ABLE_TRY(predict(s, u, scratch));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, TENSORS, walk);
}

static const able_param param_order =
    NUMBER_PARAM(INT, "order", "Order", "How many steps the predictor is worked out from.", NULL, 1.0, 3.0, 2.0, 1.0);

static const able_param param_corrector_order =
    NUMBER_PARAM(INT, "corrector_order", "Corrector order",
                 "How many estimates the corrector is worked out from, the new one among them; 0 is none.", NULL, 0.0,
                 3.0, 2.0, 1.0);

static const able_param param_tau =
    NUMBER_PARAM(FLOAT, "tau", "Tau", "How much noise, in the middle of the range: 0 is deterministic.", "Noise", 0.0,
                 1.0, 1.0, 0.05);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC,
    .id = "sa_solver",
    .name = "SA-Solver",
    .summary = "A predictor with a free corrector for the SDE, one evaluation a step.",
    .url = "https://arxiv.org/abs/2309.05019",
    ALIASES("SA-Solver", "SA Solver", "sample_sa_solver", "SASolverScheduler"),
    PARAMS(&param_order, &param_corrector_order, &param_tau, &param_s_noise),
};

const able_sampler sampler_sa_solver = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "sgm_uniform",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
