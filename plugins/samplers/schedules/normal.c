/* Normal: timesteps spread evenly over the training range, both ends included.
 * Ho et al. 2020, "Denoising Diffusion Probabilistic Models", trains on these levels; as k-diffusion's
 * DiscreteSchedule.get_sigmas, which A1111 calls "Uniform". https://arxiv.org/abs/2006.11239 */
#include "../sigma_table.h"
#include "../tables.h"

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    ABLE_TRY(check_steps(request, job, capacity));
    const double t_max = able_last_timestep(request->levels);
    const double stride = steps > 1 ? t_max / (steps - 1) : 0.0;
    for (uint32_t i = 0; i < steps; ++i) {
        out[i] = able_timestep_to_sigma(request->levels, t_max - i * stride);
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "normal",
    .name = "Normal",
    .summary = "Evenly spaced timesteps, from the first to the last.",
    .url = "https://arxiv.org/abs/2006.11239",
    ALIASES("Normal", "Uniform"),
};

const able_schedule schedule_normal = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
