/* Normal: timesteps spread evenly over the training range, both ends included.
 * Ho et al. 2020, "Denoising Diffusion Probabilistic Models", trains on these levels; as k-diffusion's
 * DiscreteSchedule.get_sigmas, which A1111 calls "Uniform". https://arxiv.org/abs/2006.11239 */
#include "../sigma_table.h"
#include "../tables.h"

static able_status sigmas(const able_model_info *info, uint32_t steps, const able_params *params, const able_job *job,
                          uint32_t capacity, double *out, uint32_t *count) {
    (void)params;
    ABLE_TRY(check_steps_and_table(info, steps, job, capacity));
    const double t_max = last_timestep(info);
    const double stride = steps > 1 ? t_max / (steps - 1) : 0.0;
    for (uint32_t i = 0; i < steps; ++i) {
        out[i] = t_to_sigma(info, t_max - i * stride);
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
