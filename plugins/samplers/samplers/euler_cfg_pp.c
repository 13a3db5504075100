/* Euler CFG++: to the guided estimate, and back along the noise that the unguided one leaves.
 * Chung et al. 2024, "CFG++: Manifold-constrained Classifier Free Guidance for Diffusion Models", algorithm 2; as
 * ComfyUI's sample_euler_cfg_pp. The paper's lambda is our guidance scale: near 1, where others want 7.
 * https://arxiv.org/abs/2406.08070 */
#include "../tables.h"
#include "evaluations.h"
#include "scratch.h"

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    able_tensor *denoised = scratch[0];
    able_tensor *unconditional = scratch[1];
    for (uint32_t i = 0; i < s->steps; ++i) {
        const double ratio = s->sigmas[i + 1] / s->sigmas[i];
        ABLE_TRY(s->denoise_pair(s, s->x, s->sigmas[i], denoised, unconditional));
        const double coefficients[] = {ratio, 1.0, -ratio}; /* D + (x - U) / sigma * next */
        const able_tensor *const in[] = {s->x, denoised, unconditional};
        ABLE_TRY(s->ops->lincomb(s->ops, s->x, 3, coefficients, in));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 2, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "euler_cfg_pp",
    .name = "Euler CFG++",
    .summary = "Euler for guidance scales of 1 to 2, without the burnt look of strong guidance. Deterministic.",
    .url = "https://arxiv.org/abs/2406.08070",
    ALIASES("Euler CFG++", "DDIM CFG++", "sample_euler_cfg_pp"),
};

const able_sampler sampler_euler_cfg_pp = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = one_evaluation_a_step,
    .sample = sample,
};
