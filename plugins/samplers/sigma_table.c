#include "sigma_table.h"

able_status check_steps(const able_schedule_request *request, const able_job *job, uint32_t capacity) {
    if (request->steps == 0) {
        return job->fail(job, ABLE_INVALID_ARGUMENT, "steps is 0; ask for at least one");
    }
    if (capacity <= request->steps) {
        return job->fail(job, ABLE_INVALID_ARGUMENT, "the host gave the schedule too little room for its noise levels");
    }
    return ABLE_OK;
}

uint32_t level_count(const able_noise_levels *levels) {
    return (uint32_t)able_last_timestep(levels) + 1;
}

double whole_level(const able_noise_levels *levels, uint32_t timestep) {
    return levels->kind == ABLE_LEVELS_TABLE ? levels->sigmas[timestep] : able_timestep_to_sigma(levels, timestep);
}
