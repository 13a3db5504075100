/* Heun++ 2: Heun's method looking up to two levels ahead, each slope weighed by its level.
 * From sd-webui-samplers-scheduler (MIT), which has no paper; as ComfyUI's sample_heunpp2. Runs end with one step that
 * looks one level ahead and an Euler step. https://github.com/Carzit/sd-webui-samplers-scheduler */
#include "../tables.h"
#include "churn.h"
#include "evaluations.h"
#include "scratch.h"

/* x + (w1 d + w2 d2 + w3 d3) (next - sigma). d3 only where `after`, the level beyond `next`, counts; x3, whose slope it
 * is, is x2 + d2 (after - next). */
static able_status look_ahead(const able_sampling *s, double sigma, double next, double after,
                              able_tensor *const *scratch) {
    const able_tensor *denoised = scratch[0];
    able_tensor *x2 = scratch[1], *denoised2 = scratch[2], *x3 = scratch[3], *denoised3 = scratch[4];
    const double levels = after > 0.0 ? 3.0 : 2.0;
    const double w2 = next / (levels * s->sigmas[0]);
    const double w3 = after / (levels * s->sigmas[0]);
    const double a = (1.0 - w2 - w3) * (next - sigma) / sigma;
    const double b = w2 * (next - sigma) / next;
    const double c = after > 0.0 ? w3 * (next - sigma) / after : 0.0;
    ABLE_TRY(able_lerp(s, x2, next / sigma, s->x, denoised));
    ABLE_TRY(s->denoise(s, x2, next, denoised2));
    if (after > 0.0) {
        ABLE_TRY(able_lerp(s, x3, after / next, x2, denoised2));
        ABLE_TRY(s->denoise(s, x3, after, denoised3));
    }
    const double coefficients[] = {1.0 + a, -a, b, -b, c, -c};
    const able_tensor *const in[] = {s->x, denoised, x2, denoised2, x3, denoised3};
    return s->ops->lincomb(s->ops, s->x, after > 0.0 ? 6 : 4, coefficients, in);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double next = s->sigmas[i + 1];
        double sigma;
        ABLE_TRY(churn(s, i, denoised, &sigma)); /* `denoised` is free until the next line */
        ABLE_TRY(s->denoise(s, s->x, sigma, denoised));
        if (i + 1 == s->steps) {
            ABLE_TRY(able_lerp(s, s->x, next / sigma, s->x, denoised));
        } else {
            ABLE_TRY(look_ahead(s, sigma, next, i + 2 == s->steps ? 0.0 : s->sigmas[i + 2], scratch));
        }
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static uint32_t evaluations(uint32_t steps) {
    return steps < 2 ? steps : 3 * steps - 3;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 5, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "heunpp2",
    .name = "Heun++ 2",
    .summary = "Heun that looks two levels ahead, three evaluations a step. Deterministic unless churned.",
    .url = "https://github.com/Carzit/sd-webui-samplers-scheduler",
    ALIASES("Heun++ 2", "Heun++", "sample_heunpp2"),
    PARAMS(CHURN_PARAMS),
};

const able_sampler sampler_heunpp2 = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = evaluations,
    .sample = sample,
};
