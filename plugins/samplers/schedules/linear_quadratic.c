/* Linear quadratic: the first half of the steps falls evenly by a small part of the range, the rest ever faster to 0.
 * From Genmo's Mochi (genmo/mochi_preview/pipelines.py, linear_quadratic_schedule), times sigma_max as in ComfyUI.
 * https://github.com/genmoai/mochi/blob/main/src/genmo/mochi_preview/pipelines.py */
#include "../sigma_table.h"
#include "../tables.h"

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    ABLE_TRY(check_steps(request, job, capacity));
    if (!(request->levels->sigma_max > 0.0)) {
        return job->fail(job, ABLE_UNSUPPORTED, "the model names no highest noise level; choose another schedule");
    }
    const double threshold = request->params->number(request->params, "threshold");
    const uint32_t linear = steps / 2;
    const double quadratic = steps - linear;
    /* What is left of 1 falls as a (i - linear)^2 + b (i - linear): as steep as the line where they meet, 1 at the end.
     */
    const double b = linear > 0 ? threshold / linear : 0.0;
    const double a = (1.0 - threshold - b * quadratic) / (quadratic * quadratic);
    for (uint32_t i = 0; i < steps; ++i) {
        const double past = (double)i - linear;
        const double gone = i < linear ? b * i : threshold + b * past + a * past * past;
        out[i] = request->levels->sigma_max * (1.0 - (linear > 0 ? gone : 0.0)); /* a single step starts at the top */
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_param param_threshold =
    NUMBER_PARAM(FLOAT, "threshold", "Threshold", "Part of the range that the first half of the steps covers.", NULL,
                 0.001, 0.5, 0.025, 0.001);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "linear_quadratic",
    .name = "Linear Quadratic",
    .summary = "Half the steps near full noise, evenly; the rest ever longer. Made for flow models.",
    .url = "https://github.com/genmoai/mochi",
    ALIASES("Linear Quadratic"),
    PARAMS(&param_threshold),
};

const able_schedule schedule_linear_quadratic = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
