/* Gains of channels, as a plugin: an adapter with parameters of its own.
 *
 * A file has, for some weights of the model, one gain for each of the weight's output channels: W becomes
 * W * (1 + gain), channel by channel. Liu et al. 2022, "Few-Shot Parameter-Efficient Fine-Tuning is Better and Cheaper
 * than In-Context Learning", where it is called (IA)3. The tensor has the weight's name with ".gain" behind. */
#include <ablerefusal/ablerefusal.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef GAINS_VERSION
#define GAINS_VERSION "1.0.0"
#endif

static const char suffix[] = ".gain";
static const char no_memory[] = "no memory for the gains of a file";

/* The length of the weight's name in a tensor's; 0 if that is none of ours. */
static size_t weight_length(const char *name) {
    const size_t length = strlen(name);
    const size_t tail = sizeof suffix - 1;
    return length > tail && strcmp(name + length - tail, suffix) == 0 ? length - tail : 0;
}

static able_status probe(const able_source *source, able_adapter_probe *out) {
    uint32_t found = 0;
    for (uint64_t i = 0; i < source->tensor_count(source); ++i) {
        found += weight_length(source->tensor_name(source, i)) > 0;
    }
    out->score = found > 0 ? 60 : 0;
    out->family = "";
    out->variant = "gains";
    out->why = found > 0 ? "gains of channels" : "no tensor's name ends in .gain";
    return ABLE_OK;
}

/* A file matched to a model. The views are the source's, which outlives it; names of weights are not, so it copies
 * them. */
typedef struct gains {
    able_adapter_file file;
    able_delta *deltas;
    char **names; /* of the deltas' weights */
    const char **unmatched;
    uint32_t delta_count, unmatched_count;
} gains;

static const gains *self(const able_adapter_file *file) {
    return (const gains *)file->self;
}

static uint32_t delta_count(const able_adapter_file *file) {
    return self(file)->delta_count;
}

static const able_delta *delta_at(const able_adapter_file *file, uint32_t index) {
    return index < self(file)->delta_count ? &self(file)->deltas[index] : NULL;
}

static uint32_t unmatched_count(const able_adapter_file *file) {
    return self(file)->unmatched_count;
}

static const char *unmatched_at(const able_adapter_file *file, uint32_t index) {
    return index < self(file)->unmatched_count ? self(file)->unmatched[index] : NULL;
}

static void close_gains(able_adapter_file *file) {
    gains *g = (gains *)file->self;
    for (uint32_t i = 0; i < g->delta_count; ++i) {
        free(g->names[i]);
    }
    free(g->deltas);
    free(g->names);
    free(g->unmatched);
    free(g);
}

static const able_target *find_target(const able_targets *targets, const char *name, size_t length) {
    for (uint32_t i = 0; i < targets->count(targets); ++i) {
        const able_target *target = targets->at(targets, i);
        if (strlen(target->name) == length && strncmp(target->name, name, length) == 0) {
            return target;
        }
    }
    return NULL;
}

static int wanted(const char *name, const char *part) {
    const int attention = strstr(name, ".attn") != NULL;
    return strcmp(part, "all") == 0 || attention == (strcmp(part, "attention") == 0);
}

static able_status add_delta(gains *g, const able_target *target, const able_view *gain, double scale,
                             const able_job *job) {
    if (gain->ndim != 1 || target->ndim == 0 || gain->shape[0] != target->shape[0]) {
        char message[512];
        snprintf(message, sizeof message, "the gains of %.300s are not one for each of its %lld output channels",
                 target->name, target->ndim > 0 ? (long long)target->shape[0] : 0LL);
        return job->fail(job, ABLE_BAD_FILE, message);
    }
    char *name = malloc(strlen(target->name) + 1);
    if (name == NULL) {
        return job->fail(job, ABLE_OUT_OF_MEMORY, no_memory);
    }
    g->names[g->delta_count] = strcpy(name, target->name);
    able_delta *delta = &g->deltas[g->delta_count++];
    memset(delta, 0, sizeof *delta);
    delta->struct_size = sizeof *delta;
    delta->kind = ABLE_DELTA_CHANNELS;
    delta->target = name;
    delta->scale = scale;
    delta->up = *gain;
    delta->axis = ABLE_AXIS_OUT;
    return ABLE_OK;
}

static able_status match(gains *g, const able_source *source, const able_targets *targets, const able_params *params,
                         const able_job *job) {
    const double strength = params->number(params, "strength");
    const char *part = params->string(params, "part");
    const uint64_t count = source->tensor_count(source);
    uint32_t fitting = 0;
    for (uint64_t i = 0; i < count; ++i) {
        const char *name = source->tensor_name(source, i);
        const able_target *target = find_target(targets, name, weight_length(name));
        if (target == NULL) {
            g->unmatched[g->unmatched_count++] = name;
            continue;
        }
        ++fitting;
        if (wanted(target->name, part)) {
            ABLE_TRY(add_delta(g, target, source->tensor(source, name), strength, job));
        }
    }
    if (fitting == 0) {
        return job->fail(job, ABLE_UNSUPPORTED, "none of the file's gains is for a weight that this model has");
    }
    return ABLE_OK;
}

static able_status open_gains(const able_source *source, const able_targets *targets, const able_params *params,
                              const able_job *job, able_adapter_file **out) {
    const size_t room = (size_t)source->tensor_count(source) + 1; /* of nothing, malloc may give NULL */
    gains *g = calloc(1, sizeof *g);
    if (g == NULL) {
        return job->fail(job, ABLE_OUT_OF_MEMORY, no_memory);
    }
    g->file.struct_size = sizeof g->file;
    g->file.self = g;
    g->file.delta_count = delta_count;
    g->file.delta_at = delta_at;
    g->file.unmatched_count = unmatched_count;
    g->file.unmatched_at = unmatched_at;
    g->file.close = close_gains;
    g->deltas = calloc(room, sizeof *g->deltas);
    g->names = calloc(room, sizeof *g->names);
    g->unmatched = calloc(room, sizeof *g->unmatched);
    const able_status status = g->deltas == NULL || g->names == NULL || g->unmatched == NULL
                                   ? job->fail(job, ABLE_OUT_OF_MEMORY, no_memory)
                                   : match(g, source, targets, params, job);
    if (status != ABLE_OK) {
        close_gains(&g->file);
        return status;
    }
    *out = &g->file;
    return ABLE_OK;
}

/* The host makes a form field, a documented JSON field and a check out of each. */

static const char *const parts[] = {"all", "attention", "rest"};

static const able_param param_part = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_ENUM,
    .key = "part",
    .label = "Part of the model",
    .help = "Which of the weights that the file has gains for are changed.",
    .choices = parts,
    .choice_count = 3,
};

static const able_param param_strength = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "strength",
    .label = "Strength of the gains",
    .help = "Below 0 they act the other way.",
    .minimum = -4.0,
    .maximum = 4.0,
    .default_number = 1.0,
    .step = 0.05,
};

static const able_param *const params[] = {&param_part, &param_strength};

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "gains",
    .name = "Gains",
    .summary = "One gain for each channel of some weights.",
    .url = "https://arxiv.org/abs/2205.05638",
    .params = params,
    .param_count = 2,
};

static const able_adapter adapter = {
    .struct_size = sizeof(able_adapter),
    .descriptor = &descriptor,
    .probe = probe,
    .open = open_gains,
};

static const void *adapter_at(uint32_t index) {
    return index == 0 ? &adapter : NULL;
}

static const able_factory factory = {.struct_size = sizeof(able_factory), .count = 1, .at = adapter_at};

static const able_factory *get_factory(const char *id) {
    return strcmp(id, ABLE_FACTORY_ADAPTER) == 0 ? &factory : NULL;
}

const able_plugin *able_plugin_v1(void) {
    static const able_plugin plugin = {
        .struct_size = sizeof(able_plugin),
        .abi_minor = ABLE_ABI_MINOR,
        .min_host_minor = 0,
        .id = "org.example.gains",
        .name = "Gains",
        .version = GAINS_VERSION,
        .vendor = "You",
        .licence = "MIT",
        .get_factory = get_factory,
    };
    return &plugin;
}
