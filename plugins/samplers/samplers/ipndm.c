/* iPNDM: Adams-Bashforth on the estimated noise, begun with lower orders, at one evaluation a step.
 * Zhang & Chen 2022, "Fast Sampling of Diffusion Models with Exponential Integrator", appendix B (improved PNDM), with
 * steps in sigma as in ComfyUI's sample_ipndm and the diff-sampler that it is from; the step to 0 takes the estimate.
 * diffusers' IPNDMScheduler walks other levels. https://arxiv.org/abs/2204.13902 */
#include "../tables.h"
#include "evaluations.h"
#include "history.h"
#include "params.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[HISTORY];
    const uint32_t order = (uint32_t)number_of(s, "order");
    for (uint32_t i = 0; i < s->steps; ++i) {
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        if (s->sigmas[i + 1] > 0.0) {
            ABLE_TRY(keep_slope(s, scratch, i, s->sigmas[i], denoised));
            ABLE_TRY(adams_bashforth(s, scratch, i, smaller(i + 1, order)));
        } else {
            ABLE_TRY(able_lerp(s, s->x, 0.0, s->x, denoised));
        }
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
    .id = "ipndm",
    .name = "iPNDM",
    .summary = "PNDM without its costly first step. Deterministic.",
    .url = "https://arxiv.org/abs/2204.13902",
    ALIASES("iPNDM", "sample_ipndm", "IPNDMScheduler"),
    PARAMS(&param_order),
};

const able_sampler sampler_ipndm = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
