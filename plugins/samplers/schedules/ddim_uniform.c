/* DDIM uniform: every so many-th timestep, counted from 1 up, so that the noisiest ones are left out.
 * Song et al. 2020, "Denoising Diffusion Implicit Models", appendix D.2 (linear), with Stable Diffusion's offset of 1;
 * as ComfyUI's ddim_scheduler and diffusers' "leading" spacing where steps divides the table. Where it does not, the
 * stride is rounded down and there are more steps than were asked for, as there. https://arxiv.org/abs/2010.02502 */
#include "../sigma_table.h"
#include "../tables.h"

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    const uint32_t levels = level_count(request->levels);
    ABLE_TRY(check_steps(request, job, capacity));
    const uint32_t stride = steps < levels ? levels / steps : 1;
    const uint32_t selected = (levels - 2) / stride + 1; /* of 1, 1 + stride, ... below levels */
    if (selected >= capacity) {
        return job->fail(
            job, ABLE_INVALID_ARGUMENT,
            "the ddim_uniform schedule takes far more steps than that many; ask for a number of steps that "
            "divides 1000");
    }
    for (uint32_t i = 0; i < selected; ++i) {
        out[i] = whole_level(request->levels, 1 + (selected - 1 - i) * stride);
    }
    out[selected] = 0.0;
    *count = selected + 1;
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "ddim_uniform",
    .name = "DDIM Uniform",
    .summary = "Every so many-th timestep from 1 up, as DDIM was released with; may take a few steps more than asked.",
    .url = "https://arxiv.org/abs/2010.02502",
    ALIASES("DDIM", "DDIM Uniform", "leading"),
};

const able_schedule schedule_ddim_uniform = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
