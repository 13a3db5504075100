/* Exponential: levels whose logarithms are evenly spaced.
 * Uniform in lambda = -log sigma: Lu et al. 2022, "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model
 * Sampling in Around 10 Steps", section 4.1; as k-diffusion's get_sigmas_exponential. https://arxiv.org/abs/2206.00927
 */
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
        out[i] = exp((1.0 - ramp) * log(range.max) + ramp * log(range.min));
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "exponential",
    .name = "Exponential",
    .summary = "Levels evenly spaced in their logarithm: many steps at low noise; suits the SDE samplers.",
    .url = "https://arxiv.org/abs/2206.00927",
    ALIASES("Exponential"),
    PARAMS(RANGE_PARAMS),
};

const able_schedule schedule_exponential = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
