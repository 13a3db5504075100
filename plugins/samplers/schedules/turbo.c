/* Turbo: the timesteps of adversarially distilled models, evenly spaced back from the last.
 * Sauer et al. 2023, "Adversarial Diffusion Distillation"; the "trailing" spacing that SDXL-Turbo's scheduler is
 * configured with, rounded to whole timesteps as diffusers does (EulerAncestralDiscreteScheduler). ComfyUI's
 * SDTurboScheduler instead takes the first of ten. https://arxiv.org/abs/2311.17042 */
#include "../sigma_table.h"
#include "../tables.h"

#include <math.h>

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    const uint32_t levels = level_count(request->levels);
    ABLE_TRY(check_steps(request, job, capacity));
    if (steps > levels) {
        return job->fail(job, ABLE_INVALID_ARGUMENT,
                         "the turbo schedule has no more steps than the model has training noise levels; lower steps");
    }
    const double stride = (double)levels / steps;
    for (uint32_t i = 0; i < steps; ++i) {
        out[i] = whole_level(request->levels, (uint32_t)rint(levels - i * stride) - 1);
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_FEW_STEPS,
    .id = "turbo",
    .name = "Turbo",
    .summary = "Evenly spaced whole timesteps that start at the very noisiest, for models made for 1 to 4 steps.",
    .url = "https://arxiv.org/abs/2311.17042",
    ALIASES("Turbo", "trailing", "Trailing"),
};

const able_schedule schedule_turbo = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
