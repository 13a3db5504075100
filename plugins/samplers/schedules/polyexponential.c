/* Polyexponential: levels whose logarithms follow a power of the step; Exponential is rho = 1.
 * k-diffusion's get_sigmas_polyexponential; it has no paper.
 * https://github.com/crowsonkb/k-diffusion/blob/master/k_diffusion/sampling.py */
#include "../tables.h"
#include "range.h"

#include <math.h>

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    sigma_range range;
    ABLE_TRY(range_of(request, job, capacity, &range));
    const double rho = request->params->number(request->params, "rho");
    for (uint32_t i = 0; i < steps; ++i) {
        const double ramp = pow(1.0 - ramp_at(i, steps), rho);
        out[i] = exp(ramp * (log(range.max) - log(range.min)) + log(range.min));
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_param param_rho =
    NUMBER_PARAM(FLOAT, "rho", "Rho", "The power; 1 is Exponential.", NULL, 0.1, 5.0, 1.0, 0.1);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "polyexponential",
    .name = "Polyexponential",
    .summary = "Exponential with a power: rho above 1 gathers the steps at low noise, below 1 at high.",
    .url = "https://github.com/crowsonkb/k-diffusion",
    ALIASES("Polyexponential", "Poly Exponential"),
    PARAMS(&param_rho, RANGE_PARAMS),
};

const able_schedule schedule_polyexponential = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
