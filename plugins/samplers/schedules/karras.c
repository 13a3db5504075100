/* Karras: levels whose rho-th roots are evenly spaced, which puts more of the steps at low noise.
 * Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", eq. 5.
 * https://arxiv.org/abs/2206.00364 */
#include "../tables.h"
#include "karras_level.h"
#include "range.h"

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    sigma_range range;
    ABLE_TRY(range_of(request, job, capacity, &range));
    const double rho = request->params->number(request->params, "rho");
    for (uint32_t i = 0; i < steps; ++i) {
        out[i] = karras_level(range.min, range.max, rho, ramp_at(i, steps));
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_param param_rho =
    NUMBER_PARAM(FLOAT, "rho", "Rho", "How strongly the steps gather at low noise; 1 spaces them evenly.", NULL, 1.0,
                 20.0, 7.0, 0.1);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "karras",
    .name = "Karras",
    .summary = "More of the steps at low noise, where detail is made; a good choice for most samplers.",
    .url = "https://arxiv.org/abs/2206.00364",
    ALIASES("Karras"),
    PARAMS(&param_rho, RANGE_PARAMS),
};

const able_schedule schedule_karras = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
