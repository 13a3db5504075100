/* PNDM, or PLMS: fourth-order Adams-Bashforth on the estimated noise, begun with one step of improved Euler.
 * Liu et al. 2022, "Pseudo Numerical Methods for Diffusion Models on Manifolds", eqs. 12 and 13, without the
 * Runge-Kutta start, as Stable Diffusion's PLMS and diffusers' PNDMScheduler with skip_prk_steps. Its transfer, eq. 11,
 * is a straight step in sigma space. https://arxiv.org/abs/2202.09778 */
#include "../tables.h"
#include "evaluations.h"
#include "history.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

/* What is extrapolated: the estimated noise, or v. In sigma space the slope at x is a * output + b * x. */
typedef struct output_form {
    double a, b;         /* of the slope */
    double to_x, to_est; /* output = to_x * x + to_est * D */
} output_form;

static output_form form_at(const able_sampling *s, double sigma) {
    if (number_of(s, "extrapolate") == 0.0 || s->info->prediction != ABLE_PREDICTION_V) {
        return (output_form){1.0, 0.0, 1.0 / sigma, -1.0 / sigma};
    }
    /* Salimans & Ho 2022, "Progressive Distillation", appendix D, where x is divided by sqrt(sigma^2 + 1). */
    const double all = sigma * sigma + 1.0, root = sqrt(all);
    return (output_form){1.0 / root, sigma / all, 1.0 / (sigma * root), -root / sigma};
}

static able_status keep_output(const able_sampling *s, able_tensor *out, const able_tensor *x, double sigma,
                               const able_tensor *denoised) {
    const output_form form = form_at(s, sigma);
    return able_combine(s, out, form.to_x, x, form.to_est, denoised);
}

/* The step from sigmas[i] along the sum of weights[j] times output i - j. */
static able_status advance(const able_sampling *s, able_tensor *const *history, uint32_t i, uint32_t count,
                           const double *weights) {
    const output_form form = form_at(s, s->sigmas[i]);
    const double length = s->sigmas[i + 1] - s->sigmas[i];
    double coefficients[HISTORY + 1] = {1.0 + length * form.b};
    const able_tensor *in[HISTORY + 1] = {s->x};
    for (uint32_t j = 0; j < count; ++j) {
        coefficients[j + 1] = length * form.a * weights[j];
        in[j + 1] = history[(i - j) % HISTORY];
    }
    return s->ops->lincomb(s->ops, s->x, count + 1, coefficients, in);
}

/* The first step: to the next level and back, to leave by the mean of both outputs. */
static able_status first_step(const able_sampling *s, able_tensor *const *history, able_tensor *x2,
                              able_tensor *denoised) {
    const output_form here = form_at(s, s->sigmas[0]), there = form_at(s, s->sigmas[1]);
    const double length = s->sigmas[1] - s->sigmas[0];
    const double kept = 1.0 + length * here.b, half = length * here.a / 2.0;
    ABLE_TRY(able_combine(s, x2, kept, s->x, 2.0 * half, history[0]));
    ABLE_TRY(s->denoise(s, x2, s->sigmas[1], denoised));
    const double coefficients[] = {kept, half, half * there.to_x, half * there.to_est};
    const able_tensor *const in[] = {s->x, history[0], x2, denoised};
    return s->ops->lincomb(s->ops, s->x, 4, coefficients, in);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[HISTORY];
    for (uint32_t i = 0; i < s->steps; ++i) {
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        ABLE_TRY(keep_output(s, scratch[i % HISTORY], s->x, s->sigmas[i], denoised));
        const uint32_t order = smaller(i + 1, HISTORY);
        ABLE_TRY(i == 0 && s->sigmas[1] > 0.0 ? first_step(s, scratch, scratch[HISTORY + 1], denoised)
                                              : advance(s, scratch, i, order, adams_bashforth_weights(order)));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static uint32_t evaluations(uint32_t steps) {
    return steps < 2 ? steps : steps + 1;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, HISTORY + 2, walk);
}

/* diffusers extrapolates v where the network predicts it, which costs an order: the slope that v gives changes with the
 * level along a step. */
static const char *const extrapolate_choices[] = {"noise", "output"};

static const able_param param_extrapolate = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_ENUM,
    .key = "extrapolate",
    .label = "Extrapolate",
    .help = "What is extrapolated from the earlier steps: the estimated noise, or what the network itself predicts, as "
            "in diffusers' PNDMScheduler. The two differ for models of v-prediction.",
    .minimum = 0.0,
    .maximum = 1.0,
    .default_number = 0.0,
    .choices = extrapolate_choices,
    .choice_count = COUNT_OF(extrapolate_choices),
};

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "pndm",
    .name = "PNDM",
    .summary = "Fourth order from the steps before; Stable Diffusion's first default. Deterministic.",
    .url = "https://arxiv.org/abs/2202.09778",
    ALIASES("PNDM", "PLMS", "plms", "PNDMScheduler"),
    PARAMS(&param_extrapolate),
};

const able_sampler sampler_pndm = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "ddim_uniform",
    .evaluations = evaluations,
    .sample = sample,
};
