/* Simple: every so many-th entry of the training table, from the noisiest down.
 * The selection that ComfyUI calls simple (comfy/samplers.py, simple_scheduler), after the first Stable Diffusion
 * scripts; it has no paper. https://github.com/comfyanonymous/ComfyUI/blob/master/comfy/samplers.py */
#include "../sigma_table.h"
#include "../tables.h"

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    const uint32_t levels = level_count(request->levels);
    ABLE_TRY(check_steps(request, job, capacity));
    if (steps > levels) {
        return job->fail(job, ABLE_INVALID_ARGUMENT,
                         "the simple schedule has no more steps than the model has training noise levels; lower steps");
    }
    const double stride = (double)levels / steps;
    for (uint32_t i = 0; i < steps; ++i) {
        out[i] = whole_level(request->levels, levels - 1 - (uint32_t)(i * stride));
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "simple",
    .name = "Simple",
    .summary = "Evenly spaced entries of the training table, counted from the noisiest.",
    .url = "https://github.com/comfyanonymous/ComfyUI",
    ALIASES("Simple"),
};

const able_schedule schedule_simple = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
