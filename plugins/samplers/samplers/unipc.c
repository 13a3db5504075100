/* UniPC: a multistep predictor, and a corrector of the same order that costs no evaluation of its own.
 * Zhao et al. 2023, "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models", algorithms
 * 5 and 6 (multistep, data prediction), in sigma space; orders and weights as diffusers' UniPCMultistepScheduler. B(h)
 * is h in the form that A1111 and ComfyUI call uni_pc (bh1), e^h - 1 in bh2. Longer than the others: it solves a
 * small linear system, and has two descriptors. https://arxiv.org/abs/2302.04867 */
#include "../tables.h"
#include "evaluations.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

enum {
    MAX_ORDER = 3,
    RING = MAX_ORDER + 1,
    LAST_X = RING,
    TENSORS
}; /* estimates of the latest levels, and an earlier x */

/* One update from sigmas[from] to the next level: a predictor, or a corrector where the estimate there is known. */
typedef struct update {
    uint32_t from, order;
    int corrects, bh1;
} update;

/* R rho = b by elimination, R being the powers 0, 1, ... of the places r: the paper's eq. 12. */
static void solve(uint32_t count, const double *r, double *b, double *rho) {
    double m[MAX_ORDER][MAX_ORDER];
    for (uint32_t j = 0; j < count; ++j) {
        for (uint32_t k = 0; k < count; ++k) {
            m[k][j] = k == 0 ? 1.0 : m[k - 1][j] * r[j];
        }
    }
    for (uint32_t p = 0; p < count; ++p) {
        for (uint32_t k = p + 1; k < count; ++k) {
            const double factor = m[k][p] / m[p][p];
            for (uint32_t j = p; j < count; ++j) {
                m[k][j] -= factor * m[p][j];
            }
            b[k] -= factor * b[p];
        }
    }
    for (uint32_t p = count; p-- > 0;) {
        rho[p] = b[p];
        for (uint32_t j = p + 1; j < count; ++j) {
            rho[p] -= m[p][j] * rho[j];
        }
        rho[p] /= m[p][p];
    }
}

/* The weights of the `count` differences at the places r. Of a single one it is a half whatever B is, as in the paper.
 */
static void weights(uint32_t count, const double *r, double h, double b_of_h, double *rho) {
    if (count == 1) {
        rho[0] = 0.5;
        return;
    }
    double b[MAX_ORDER];
    double phi = expm1(-h) / -h - 1.0;
    double factorial = 1.0;
    for (uint32_t k = 0; k < count; ++k) {
        factorial *= k + 1.0;
        b[k] = phi * factorial / b_of_h;
        phi = phi / -h - 1.0 / (factorial * (k + 2.0));
    }
    solve(count, r, b, rho);
}

/* s->x = the update of x_from: ratio x + (1 - ratio) m0 - B(h) sum of rho_k (m_k - m0) / r_k, by estimate. */
static able_status apply(const able_sampling *s, update u, const able_tensor *x_from, able_tensor *const *ring) {
    const double sigma = s->sigmas[u.from];
    const double ratio = s->sigmas[u.from + 1] / sigma;
    if (!(ratio > 0.0)) { /* h is infinite, and the limit is m0 */
        return able_lerp(s, s->x, 0.0, x_from, ring[u.from % RING]);
    }
    const double h = -log(ratio);
    const double b_of_h = u.bh1 ? -h : expm1(-h);
    double r[MAX_ORDER], rho[MAX_ORDER];
    double coefficients[2 + MAX_ORDER] = {ratio, 1.0 - ratio};
    const able_tensor *in[2 + MAX_ORDER] = {x_from, ring[u.from % RING]};
    uint32_t count = 0;
    for (uint32_t k = 1; k < u.order; ++k) {
        in[2 + count] = ring[(u.from - k) % RING];
        r[count++] = log(sigma / s->sigmas[u.from - k]) / h;
    }
    if (u.corrects) {
        in[2 + count] = ring[(u.from + 1) % RING];
        r[count++] = 1.0;
    }
    weights(count, r, h, b_of_h, rho);
    for (uint32_t k = 0; k < count; ++k) {
        coefficients[2 + k] = -b_of_h * rho[k] / r[k];
        coefficients[1] -= coefficients[2 + k];
    }
    return s->ops->lincomb(s->ops, s->x, 2 + count, coefficients, in);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch, int bh1) {
    const uint32_t most = (uint32_t)number_of(s, "order");
    update u = {.order = 0, .bh1 = bh1};
    for (uint32_t i = 0; i < s->steps; ++i) {
        able_tensor *denoised = scratch[i % RING];
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        if (i > 0) {
            u.corrects = 1;
            ABLE_TRY(apply(s, u, scratch[LAST_X], scratch));
        }
        const uint32_t order = most < s->steps - i ? most : s->steps - i; /* lower at the end, as at the start */
        u = (update){.from = i, .order = order < i + 1 ? order : i + 1, .corrects = 0, .bh1 = bh1};
        ABLE_TRY(copy(s, scratch[LAST_X], s->x));
        ABLE_TRY(apply(s, u, scratch[LAST_X], scratch));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status walk_bh1(const able_sampling *s, able_tensor *const *scratch) {
    return walk(s, scratch, 1);
}

static able_status walk_bh2(const able_sampling *s, able_tensor *const *scratch) {
    return walk(s, scratch, 0);
}

static able_status sample_bh1(const able_sampling *s) {
    return with_scratch(s, TENSORS, walk_bh1);
}

static able_status sample_bh2(const able_sampling *s) {
    return with_scratch(s, TENSORS, walk_bh2);
}

#define ORDER(value)                                                                                                   \
    NUMBER_PARAM(INT, "order", "Order", "How many steps each one is worked out from.", NULL, 1.0, MAX_ORDER, value, 1.0)

static const able_param param_order_bh1 = ORDER(3.0); /* A1111's default */
static const able_param param_order_bh2 = ORDER(2.0); /* diffusers' */

static const able_descriptor descriptor_bh1 = {
    .struct_size = sizeof(able_descriptor),
    .id = "uni_pc",
    .name = "UniPC",
    .summary = "A predictor with a free corrector; good in 10 to 20 steps. Deterministic.",
    .url = "https://arxiv.org/abs/2302.04867",
    ALIASES("UniPC", "UniPC bh1", "unipc", "uni_pc_bh1"),
    PARAMS(&param_order_bh1),
};

const able_sampler sampler_uni_pc = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor_bh1,
    .default_schedule = "sgm_uniform",
    .evaluations = one_evaluation_a_step,
    .sample = sample_bh1,
};

static const able_descriptor descriptor_bh2 = {
    .struct_size = sizeof(able_descriptor),
    .id = "uni_pc_bh2",
    .name = "UniPC bh2",
    .summary = "UniPC with the other B(h), as diffusers has it. Deterministic.",
    .url = "https://arxiv.org/abs/2302.04867",
    ALIASES("UniPC bh2", "unipc_bh2", "UniPCMultistepScheduler"),
    PARAMS(&param_order_bh2),
};

const able_sampler sampler_uni_pc_bh2 = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor_bh2,
    .default_schedule = "sgm_uniform",
    .evaluations = one_evaluation_a_step,
    .sample = sample_bh2,
};
