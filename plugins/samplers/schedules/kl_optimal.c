/* KL optimal: levels whose arctangents are evenly spaced.
 * Sabour et al. 2024, "Align Your Steps: Optimizing Sampling Schedules in Diffusion Models", section 3.1, optimal for
 * data that is Gaussian. Of `steps` levels and 0, as ComfyUI has it; A1111 has one level more and no 0.
 * https://arxiv.org/abs/2404.14507 */
#include "../tables.h"
#include "range.h"

#include <math.h>

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    sigma_range range;
    ABLE_TRY(range_of(request, job, capacity, &range));
    for (uint32_t i = 0; i < steps; ++i) {
        const double ramp = ramp_at(i, steps);
        out[i] = tan(ramp * atan(range.min) + (1.0 - ramp) * atan(range.max));
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "kl_optimal",
    .name = "KL Optimal",
    .summary = "Even spacing of the arctangent: minimises a bound on the divergence from the true distribution.",
    .url = "https://arxiv.org/abs/2404.14507",
    ALIASES("KL Optimal"),
    PARAMS(RANGE_PARAMS),
};

const able_schedule schedule_kl_optimal = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
