/* SGM uniform: evenly spaced timesteps like Normal's, but one more of them and the last, nearly clean, left out. The
 * "trailing" spacing of Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", table 2, as in
 * Stability's generative-models. https://arxiv.org/abs/2305.08891 */
#include "../sigma_table.h"
#include "../tables.h"

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    ABLE_TRY(check_steps(request, job, capacity));
    const double t_max = able_last_timestep(request->levels);
    for (uint32_t i = 0; i < steps; ++i) {
        out[i] = able_timestep_to_sigma(request->levels, t_max - i * (t_max / steps));
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "sgm_uniform",
    .name = "SGM Uniform",
    .summary = "Evenly spaced timesteps that end before the nearly clean ones; suits distilled models.",
    .url = "https://arxiv.org/abs/2305.08891",
    ALIASES("SGM Uniform"),
};

const able_schedule schedule_sgm_uniform = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
