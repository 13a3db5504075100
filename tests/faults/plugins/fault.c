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

#if defined(FAULT_TWO_SYMBOLS)
extern int not_a_door(void);
int not_a_door(void) {
    return 0;
}
#endif

/* Not every build uses all of these. */
#if defined(FAULT_SCAN_SEGV) || defined(FAULT_SAMPLE_SEGV) || defined(FAULT_SAMPLE_DETACHES)
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

#if defined(FAULT_SLOW) || defined(FAULT_SCAN_SLOW)
static void dawdle(void) {
    struct timespec left = {.tv_sec = 0, .tv_nsec = 200 * 1000 * 1000};
    while (nanosleep(&left, &left) != 0) {
    }
}
#endif

#if defined(FAULT_SAMPLE_FORGES)
/* Tells the server, in the worker's name, that another job is done: {"type": "done", "job": "other", …} as CBOR. */
static void forge(void) {
    static const unsigned char report[] = "\x3a\0\0\0"
                                          "\xa6\x64type\x64"
                                          "done\x63job\x65other\x67"
                                          "attempt\x01\x64kind\x69"
                                          "completed\x64"
                                          "code\x60\x65"
                                          "error\x60";
    if (write(3, report, sizeof report - 1) < 0) {
        abort();
    }
}
#endif

/* What goes wrong in the middle of a step; anything but ABLE_OK ends the run. */
static able_status misbehave(const able_sampling *s) {
#if defined(FAULT_SAMPLE_SEGV)
    crash();
#elif defined(FAULT_SAMPLE_DETACHES)
    /* A process of its own session, which keeps the worker's output open. */
    if (fork() == 0) {
        setsid();
        sleep(60);
        _exit(0);
    }
    crash();
#elif defined(FAULT_SAMPLE_FORGES)
    forge();
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
#elif defined(FAULT_SAMPLE_CHANCE)
    static int draws; /* a source of chance that is not the host's */
    return able_combine(s, s->x, 1.0 + 1e-6 * ++draws, s->x, 0.0, s->x);
#elif defined(FAULT_SAMPLE_NO_ONE_STEP)
    if (s->steps == 1) {
        return s->job->fail(s->job, ABLE_INVALID_ARGUMENT, "wants two steps at least");
    }
#elif defined(FAULT_SAMPLE_BAD_BOUNDS)
    if (s->params->number(s->params, "part") == 1.0) {
        return s->job->fail(s->job, ABLE_INVALID_ARGUMENT, "part must be less than 1");
    }
#elif defined(FAULT_SLOW)
    dawdle();
#endif
    (void)s;
    return ABLE_OK;
}

/* What becomes of a status that is not ABLE_OK; ABLE_OK goes on. */
static able_status handed_on(able_status status) {
#if defined(FAULT_SAMPLE_STUBBORN)
    return status == ABLE_CANCELLED ? ABLE_OK : status;
#elif defined(FAULT_SAMPLE_SWALLOW)
    return status == ABLE_CANCELLED ? status : -1;
#else
    return status;
#endif
}

/* As ABLE_TRY. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        const able_status try_status = (call);                                                                         \
        if (try_status != ABLE_OK && handed_on(try_status) != ABLE_OK) {                                               \
            return handed_on(try_status);                                                                              \
        }                                                                                                              \
    } while (0)

static able_status walk(const able_sampling *s, able_tensor *denoised) {
    for (uint32_t i = 0; i < s->steps; ++i) {
        TRY(s->denoise(s, s->x, s->sigmas[i], denoised));
        TRY(able_lerp(s, s->x, s->sigmas[i + 1] / s->sigmas[i], s->x, denoised));
        TRY(misbehave(s));
#if defined(FAULT_SAMPLE_UNFLAGGED_NOISE)
        TRY(s->noise(s, denoised, s->sigmas[i], s->sigmas[i + 1]));
#elif defined(FAULT_SAMPLE_SKIPS_STEPS)
        if (i % 2 == 1) {
            continue;
        }
#endif
        TRY(s->step(s, i, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    able_tensor *denoised = s->ops->like(s->ops, s->x);
    const able_status status = denoised != NULL ? walk(s, denoised) : able_out_of_memory(s);
#if defined(FAULT_SAMPLE_RELEASES_X)
    s->ops->release(s->ops, s->x);
#endif
#if !defined(FAULT_SAMPLE_LEAK)
    s->ops->release(s->ops, denoised);
#endif
    return status;
}

static uint32_t evaluations(uint32_t steps) {
#if defined(FAULT_SAMPLE_NO_EVALUATIONS)
    return steps / 100;
#else
    return steps;
#endif
}

static const able_param part = {
    .struct_size = sizeof(able_param),
#if defined(FAULT_SAMPLE_WIDE_RANGE)
    .type = ABLE_PARAM_INT,
    .maximum = 1e18, /* and 1 more is the same double */
#else
    .type = ABLE_PARAM_FLOAT,
#endif
    .key = "part",
    .label = "Part",
#if defined(FAULT_SAMPLE_NO_RANGE)
    .minimum = -INFINITY,
    .maximum = INFINITY,
#elif !defined(FAULT_SAMPLE_WIDE_RANGE)
    .maximum = 1.0,
#endif
};
static const able_param *const params[] = {&part};

#if defined(FAULT_SCAN_BAD_TEXT)
static const char *const aliases[] = {"two\nlines"};
#else
static const char *const aliases[] = {"Fault"};
#endif

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_EXPERIMENTAL,
    .id = FAULT_ID,
    .name = FAULT_ID,
    .summary = "Misbehaves on purpose; for tests.",
    .aliases = aliases,
    .params = params,
    .alias_count = 1,
    .param_count = 1,
};

static const able_sampler sampler = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "normal",
    .evaluations = evaluations,
    .sample = sample,
};

static const void *sampler_at(uint32_t index) {
#if defined(FAULT_SCAN_ENDLESS)
    (void)index;
    return &sampler;
#else
    return index == 0 ? &sampler : NULL;
#endif
}

static const able_factory factory = {.struct_size = sizeof(able_factory), .count = 1, .at = sampler_at};

static const able_factory *get_factory(const char *id) {
#if defined(FAULT_SCAN_EAGER)
    return strncmp(id, "able.sampler", strlen("able.sampler")) == 0 ? &factory : NULL; /* of any version */
#else
    return strcmp(id, ABLE_FACTORY_SAMPLER) == 0 ? &factory : NULL;
#endif
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
#elif defined(FAULT_SCAN_SLOW)
    dawdle();
#elif defined(FAULT_SCAN_NULL)
    return NULL;
#elif defined(FAULT_SCAN_CHANGING)
    static able_plugin other;
    static int calls;
    other = plugin;
    if (calls++ > 0) {
        return &other;
    }
#endif
    return &plugin;
}

#endif
