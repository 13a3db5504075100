/* A sampler that misbehaves in the one way that its build selects: FAULT_<MODE>, and FAULT_ID, the mode's name. Without
 * the fault it is Euler. */
#define _POSIX_C_SOURCE 200809L

#include <ablerefusal/ablerefusal.h>

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(FAULT_NO_ENTRY)

/* A library that is no plugin at all. */
extern int not_a_plugin(void);
int not_a_plugin(void) {
    return 0;
}

#else

/* Not every build uses all of these. */
#if defined(FAULT_SCAN_SEGV) || defined(FAULT_SAMPLE_SEGV)
static void crash(void) {
    /* Volatile twice: neither the address may be known nor the store left out. */
    volatile int *volatile nowhere = NULL;
    *nowhere = 1;
}
#endif

#if defined(FAULT_SCAN_HANG) || defined(FAULT_SAMPLE_HANG)
static void hang(void) {
    for (;;) {
        pause();
    }
}
#endif

#if defined(FAULT_SLOW)
static void dawdle(void) {
    struct timespec left = {.tv_sec = 0, .tv_nsec = 200 * 1000 * 1000};
    while (nanosleep(&left, &left) != 0) {
    }
}
#endif

/* What goes wrong in the middle of a step; anything but ABLE_OK ends the run. */
static able_status misbehave(const able_sampling *s) {
#if defined(FAULT_SAMPLE_SEGV)
    crash();
#elif defined(FAULT_SAMPLE_ABORT)
    abort();
#elif defined(FAULT_SAMPLE_EXIT)
    exit(0);
#elif defined(FAULT_SAMPLE_HANG)
    hang();
#elif defined(FAULT_SAMPLE_FAIL)
    return s->job->fail(s->job, -42, "this plugin fails on purpose");
#elif defined(FAULT_SAMPLE_NAN)
    return able_combine(s, s->x, (double)NAN, s->x, 0.0, s->x);
#elif defined(FAULT_SAMPLE_LEAK)
    for (int i = 0; i < 3; ++i) {
        if (s->ops->like(s->ops, s->x) == NULL) {
            return able_out_of_memory(s);
        }
    }
#elif defined(FAULT_SLOW)
    dawdle();
#endif
    (void)s;
    return ABLE_OK;
}

static able_status walk(const able_sampling *s, able_tensor *denoised) {
    for (uint32_t i = 0; i < s->steps; ++i) {
        ABLE_TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        ABLE_TRY(able_lerp(s, s->x, s->sigmas[i + 1] / s->sigmas[i], s->x, denoised));
        ABLE_TRY(misbehave(s));
        ABLE_TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    able_tensor *denoised = s->ops->like(s->ops, s->x);
    const able_status status = denoised != NULL ? walk(s, denoised) : able_out_of_memory(s);
#if !defined(FAULT_SAMPLE_LEAK)
    s->ops->release(s->ops, denoised);
#endif
    return status;
}

static uint32_t evaluations(uint32_t steps) {
    return steps;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_EXPERIMENTAL,
    .id = FAULT_ID,
    .name = FAULT_ID,
    .summary = "Misbehaves on purpose; for tests.",
};

static const able_sampler sampler = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = evaluations,
    .sample = sample,
};

static const void *sampler_at(uint32_t index) {
    return index == 0 ? &sampler : NULL;
}

static const able_factory factory = {.struct_size = sizeof(able_factory), .count = 1, .at = sampler_at};

static const able_factory *get_factory(const char *id) {
    return strcmp(id, ABLE_FACTORY_SAMPLER) == 0 ? &factory : NULL;
}

#if defined(FAULT_SCAN_WRONG_VERSION)
enum { ABI_MINOR = 99, MIN_HOST_MINOR = 99 };
#else
enum { ABI_MINOR = ABLE_ABI_MINOR, MIN_HOST_MINOR = 0 };
#endif

const able_plugin *able_plugin_v1(void) {
    static const able_plugin plugin = {
        .struct_size = sizeof(able_plugin),
        .abi_minor = ABI_MINOR,
        .min_host_minor = MIN_HOST_MINOR,
        .id = "org.example.fault." FAULT_ID,
        .name = "Fault: " FAULT_ID,
        .version = "1.0.0",
        .vendor = "AbleRefusal's tests",
        .licence = "MIT",
        .get_factory = get_factory,
    };
#if defined(FAULT_SCAN_SEGV)
    crash();
#elif defined(FAULT_SCAN_ABORT)
    abort();
#elif defined(FAULT_SCAN_EXIT)
    exit(0);
#elif defined(FAULT_SCAN_HANG)
    hang();
#elif defined(FAULT_SCAN_NULL)
    return NULL;
#endif
    return &plugin;
}

#endif
