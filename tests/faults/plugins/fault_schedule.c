/* A schedule that misbehaves in the one way that its build selects: FAULT_<MODE>, and FAULT_ID, the mode's name.
 * Without the fault it falls evenly. */
#include <ablerefusal/ablerefusal.h>

#include <math.h>
#include <string.h>

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
#if defined(FAULT_SCHEDULE_MUTE)
    if (steps == 3) {
        return ABLE_INVALID_ARGUMENT; /* and no word why */
    }
#endif
    if (steps + 1 > capacity) {
        return job->fail(job, ABLE_INVALID_ARGUMENT, "there is no room for so many levels");
    }
    double top = request->levels->sigma_max;
#if defined(FAULT_SCHEDULE_DRIFTS)
    static int calls; /* something else than its arguments */
    top += 1e-9 * ++calls;
#endif
    for (uint32_t i = 0; i <= steps; ++i) {
        out[i] = top * (1.0 - (double)i / steps);
    }
    *count = steps + 1;
#if defined(FAULT_SCHEDULE_RISES)
    if (steps > 2) {
        out[steps - 1] = out[steps - 2]; /* the same level twice */
    }
#elif defined(FAULT_SCHEDULE_OVERRUNS)
    out[capacity] = 0.0;
#elif defined(FAULT_SCHEDULE_SHORT)
    if (steps == 50) {
        out[steps / 4] = 0.0;
        *count = steps / 4 + 1;
    }
#elif defined(FAULT_SCHEDULE_STOPS)
    out[steps] = out[steps - 1] / 2.0;
#elif defined(FAULT_SCHEDULE_NAN)
    if (steps == 1) {
        out[0] = NAN;
    }
#endif
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_EXPERIMENTAL,
    .id = FAULT_ID,
    .name = FAULT_ID,
    .summary = "Misbehaves on purpose; for tests.",
};

static const able_schedule schedule = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};

static const void *schedule_at(uint32_t index) {
    return index == 0 ? &schedule : NULL;
}

static const able_factory factory = {.struct_size = sizeof(able_factory), .count = 1, .at = schedule_at};

static const able_factory *get_factory(const char *id) {
    return strcmp(id, ABLE_FACTORY_SCHEDULE) == 0 ? &factory : NULL;
}

const able_plugin *able_plugin_v1(void) {
    static const able_plugin plugin = {
        .struct_size = sizeof(able_plugin),
        .abi_minor = ABLE_ABI_MINOR,
        .id = "org.example.fault." FAULT_ID,
        .name = "Fault: " FAULT_ID,
        .version = "1.0.0",
        .vendor = "AbleRefusal's tests",
        .licence = "MIT",
        .get_factory = get_factory,
    };
    return &plugin;
}
