/* The explicit midpoint method, as a plugin.
 *
 * Euler takes the slope where the step begins. This looks ahead instead: it goes part of the way, evaluates the model
 * there, and takes the whole step with what it has learnt. Two evaluations a step buy second order: half the step size,
 * a quarter of the error. Hairer, Norsett & Wanner 1993, "Solving Ordinary Differential Equations I", section II.1, on
 * the flow of Karras et al. 2022, eq. 1: dx/dsigma = (x - D(x, sigma)) / sigma. */
#include <ablerefusal/ablerefusal.h>

#include <string.h>

#ifndef MIDPOINT_VERSION
#define MIDPOINT_VERSION "1.0.0"
#endif

/* One step from `sigma` to `next`, by way of the level that lies `ahead` of the way there. */
static able_status midpoint_step(const able_sampling *s, double sigma, double next, double ahead,
                                 const able_tensor *denoised, able_tensor *x2, able_tensor *denoised2) {
    const double between = sigma + ahead * (next - sigma);
    ABLE_TRY(able_lerp(s, x2, between / sigma, s->x, denoised));
    ABLE_TRY(s->denoise(s, x2, between, denoised2));

    /* x + (next - sigma) ((1 - w) d + w d2), with d = (x - D) / sigma at the start, d2 = (x2 - D2) / between ahead, and
     * w = 1 / (2 ahead), gathered by tensor. */
    const double w = 1.0 / (2.0 * ahead);
    const double c = (next - sigma) * (1.0 - w) / sigma;
    const double c2 = (next - sigma) * w / between;
    const double coefficients[] = {1.0 + c, -c, c2, -c2};
    const able_tensor *const in[] = {s->x, denoised, x2, denoised2};
    return s->ops->lincomb(s->ops, s->x, 4, coefficients, in);
}

static able_status walk(const able_sampling *s, able_tensor *denoised, able_tensor *x2, able_tensor *denoised2) {
    if (denoised == NULL || x2 == NULL || denoised2 == NULL) {
        return able_out_of_memory(s);
    }
    const double ahead = s->params->number(s->params, "ahead");
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double sigma = s->sigmas[i];
        const double next = s->sigmas[i + 1];
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        if (next > 0.0) {
            ABLE_TRY(midpoint_step(s, sigma, next, ahead, denoised, x2, denoised2));
        } else { /* from the lowest level the model knows there is nothing to look ahead at: Euler */
            ABLE_TRY(able_lerp(s, s->x, next / sigma, s->x, denoised));
        }
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    able_tensor *denoised = s->ops->like(s->ops, s->x);
    able_tensor *x2 = s->ops->like(s->ops, s->x);
    able_tensor *denoised2 = s->ops->like(s->ops, s->x);
    const able_status status = walk(s, denoised, x2, denoised2);
    s->ops->release(s->ops, denoised2);
    s->ops->release(s->ops, x2);
    s->ops->release(s->ops, denoised);
    return status;
}

static uint32_t evaluations(uint32_t steps) {
    return steps == 0 ? 0 : 2 * steps - 1;
}

/* A parameter: the host makes a form field, a documented JSON field and a check out of it. */
static const able_param param_ahead = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "ahead",
    .label = "Look ahead",
    .help = "How far to look: 0.5 is the midpoint method, 0.67 Ralston's, 1 Heun's.",
    .minimum = 0.25,
    .maximum = 1.0,
    .default_number = 0.5,
    .step = 0.01,
};

static const char *const aliases[] = {"Midpoint"};
static const able_param *const params[] = {&param_ahead};

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "midpoint",
    .name = "Midpoint",
    .summary = "Looks ahead before each step: second order at two evaluations a step.",
    .url = "https://arxiv.org/abs/2206.00364",
    .aliases = aliases,
    .params = params,
    .alias_count = 1,
    .param_count = 1,
};

static const able_sampler sampler = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = evaluations,
    .sample = sample,
};

/* The door: the host asks the plugin for a factory, and the factory for its samplers. */

static const void *sampler_at(uint32_t index) {
    return index == 0 ? &sampler : NULL;
}

static const able_factory factory = {.struct_size = sizeof(able_factory), .count = 1, .at = sampler_at};

static const able_factory *get_factory(const char *id) {
    return strcmp(id, ABLE_FACTORY_SAMPLER) == 0 ? &factory : NULL;
}

const able_plugin *able_plugin_v1(void) {
    static const able_plugin plugin = {
        .struct_size = sizeof(able_plugin),
        .abi_minor = ABLE_ABI_MINOR,
        .min_host_minor = 0, /* uses nothing that a later minor added */
        .id = "org.example.midpoint",
        .name = "Midpoint",
        .version = MIDPOINT_VERSION,
        .vendor = "You",
        .licence = "MIT",
        .get_factory = get_factory,
    };
    return &plugin;
}
