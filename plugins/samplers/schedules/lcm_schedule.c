/* LCM: a selection of the timesteps that latent consistency models were distilled on.
 * Luo et al. 2023, "Latent Consistency Models", section 4.3; the selection as in diffusers (scheduling_lcm.py,
 * set_timesteps). https://arxiv.org/abs/2310.04378 */
#include "../sigma_table.h"
#include "../tables.h"

#include <math.h>

enum { DISTILLED = 50 }; /* "original steps": the timesteps of the distillation's teacher */

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    const uint32_t levels = level_count(request->levels);
    ABLE_TRY(check_steps(request, job, capacity));
    if (steps > DISTILLED) {
        return job->fail(job, ABLE_INVALID_ARGUMENT,
                         "the lcm schedule has at most 50 steps; lower steps (2 to 8 are usual) or choose another "
                         "schedule");
    }
    if (levels < DISTILLED) {
        return job->fail(job, ABLE_UNSUPPORTED,
                         "the model has fewer training noise levels than the lcm schedule selects from; choose another "
                         "schedule");
    }
    const uint32_t stride = levels / DISTILLED;
    for (uint32_t i = 0; i < steps; ++i) {
        /* In this order of operations, for the same rounding as the reference's. */
        const uint32_t skipped = (uint32_t)floor(i * ((double)DISTILLED / steps));
        out[i] = whole_level(request->levels, (DISTILLED - skipped) * stride - 1);
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_FEW_STEPS,
    .id = "lcm",
    .name = "LCM",
    .summary = "The timesteps that latent consistency models were distilled on; at most 50 steps.",
    .url = "https://arxiv.org/abs/2310.04378",
    ALIASES("LCM"),
};

const able_schedule schedule_lcm = {.struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
