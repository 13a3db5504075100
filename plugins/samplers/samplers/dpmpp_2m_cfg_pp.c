/* DPM++ 2M CFG++: DPM-Solver++(2M) that renoises along the unguided estimate.
 * Chung et al. 2024, "CFG++: Manifold-constrained Classifier Free Guidance for Diffusion Models", appendix B
 * (DPM-Solver++ 2M); as ComfyUI's sample_dpmpp_2m_cfg_pp.
 * https://arxiv.org/abs/2406.08070 */
#include "../tables.h"
#include "evaluations.h"
#include "scratch.h"

#include <math.h>

/* x_next = D + e^-h (x - U) + (1 - e^-h) / 2r (D - U_last), with r = h_{i-1} / h_i; the last term not in the first step
 * nor to 0. */
static able_status cfg_pp_step(const able_sampling *s, uint32_t i, const able_tensor *denoised,
                               const able_tensor *unconditional, const able_tensor *previous) {
    const double ratio = s->sigmas[i + 1] / s->sigmas[i];
    double k = 0.0;
    if (i > 0 && ratio > 0.0) {
        k = (1.0 - ratio) * log(ratio) / (2.0 * log(s->sigmas[i] / s->sigmas[i - 1]));
    }
    const double coefficients[] = {ratio, 1.0 + k, -ratio, -k};
    const able_tensor *const in[] = {s->x, denoised, unconditional, previous};
    return s->ops->lincomb(s->ops, s->x, k > 0.0 ? 4 : 3, coefficients, in);
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[2];
    for (uint32_t i = 0; i < s->steps; ++i) {
        able_tensor *unconditional = scratch[i % 2];
        ABLE_TRY(s->denoise_pair(s, s->x, s->sigmas[i], denoised, unconditional));
        ABLE_TRY(cfg_pp_step(s, i, denoised, unconditional, scratch[(i + 1) % 2]));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 3, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "dpmpp_2m_cfg_pp",
    .name = "DPM++ 2M CFG++",
    .summary = "DPM++ 2M for guidance scales of 1 to 2, without the burnt look of strong guidance. Deterministic.",
    .url = "https://arxiv.org/abs/2406.08070",
    ALIASES("DPM++ 2M CFG++", "sample_dpmpp_2m_cfg_pp"),
};

const able_sampler sampler_dpmpp_2m_cfg_pp = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
