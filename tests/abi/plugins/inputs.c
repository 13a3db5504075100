/* A pipeline whose evaluations take inputs of three kinds at once: inpainting, deep features, and a tint of its own.
 * Its network is a formula:
 *
 *   D = x / (1 + sigma^2)  +  the prompt's length / 100  +  mask / 4  +  strength * colour
 *
 * where the first term is the deep part, which features keep and replace. */
#include "tint.h"

#include <ablerefusal/ablerefusal.h>
#include <ablerefusal/cpu_ops.h>

enum { CHANNELS = 4, SCALE = 8 };

struct able_conditioning {
    double value;
};

typedef enum input_kind { INPAINT, DEEP, TINT } input_kind;

struct able_input {
    input_kind kind;
    able_tensor *tensor; /* the mask [1, 1, h, w]; the deep part; NULL until an evaluation has kept it */
    float colour[CHANNELS];
};

typedef struct model {
    able_model abi;
    able_ops ops;
} model;

static const able_noise_levels levels = {.struct_size = sizeof(able_noise_levels),
                                         .kind = ABLE_LEVELS_FLOW,
                                         .sigma_min = 0.001,
                                         .sigma_max = ABLE_FLOW_SIGMA_MAX,
                                         .shift = 1.0};

static const char *const inputs[] = {ABLE_EXTENSION_INPAINT, ABLE_EXTENSION_DEEP_CACHE, TEST_EXTENSION_TINT};

static const able_model_info info = {.struct_size = sizeof(able_model_info),
                                     .prediction = ABLE_PREDICTION_FLOW,
                                     .family = "test_inputs",
                                     .variant = "inpaint",
                                     .levels = &levels,
                                     .inputs = inputs,
                                     .input_count = 3,
                                     .latent_channels = CHANNELS,
                                     .scale_factor = SCALE,
                                     .default_width = 64,
                                     .default_height = 64,
                                     .size_multiple = SCALE};

static able_status no_memory(const able_job *job) {
    return job->fail(job, ABLE_OUT_OF_MEMORY, "no memory for the test model");
}

static able_input *new_input(input_kind kind) {
    able_input *input = (able_input *)calloc(1, sizeof *input);
    if (input != NULL) {
        input->kind = kind;
    }
    return input;
}

static void release_input(able_model *abi, able_input *input) {
    (void)abi;
    able_cpu_release(input->tensor);
    free(input);
}

static able_status make_inpaint(able_model *abi, const able_image *image, const float *mask, const able_tensor *noise,
                                const able_job *job, able_input **out) {
    const int64_t shape[4] = {1, 1, image->height / SCALE, image->width / SCALE};
    able_input *input = new_input(INPAINT);
    (void)abi;
    (void)noise;
    if (input == NULL || (input->tensor = able_cpu_make(4, shape)) == NULL) {
        free(input);
        return no_memory(job);
    }
    for (int64_t y = 0; y < shape[2]; ++y) {
        for (int64_t x = 0; x < shape[3]; ++x) {
            const float value = mask[(uint64_t)(y * SCALE) * image->width + (uint64_t)(x * SCALE)];
            able_cpu_data(input->tensor)[y * shape[3] + x] = value >= 0.5F ? 1.0F : 0.0F;
        }
    }
    *out = input;
    return ABLE_OK;
}

static const able_tensor *channels(able_model *abi, const able_input *input) {
    (void)abi;
    return input->tensor;
}

static const able_inpaint inpaint = {
    .struct_size = sizeof(able_inpaint), .make = make_inpaint, .release = release_input, .channels = channels};

static uint32_t branch_count(able_model *abi) {
    (void)abi;
    return 1;
}

static able_status make_deep(able_model *abi, uint32_t branch, const able_job *job, able_input **out) {
    (void)abi;
    (void)branch;
    *out = new_input(DEEP);
    return *out != NULL ? ABLE_OK : no_memory(job);
}

static const able_deep_cache deep_cache = {
    .struct_size = sizeof(able_deep_cache), .branch_count = branch_count, .make = make_deep, .release = release_input};

static able_status make_tint(able_model *abi, const float *colour, const able_job *job, able_input **out) {
    able_input *input = new_input(TINT);
    (void)abi;
    if (input == NULL) {
        return no_memory(job);
    }
    memcpy(input->colour, colour, sizeof input->colour);
    *out = input;
    return ABLE_OK;
}

static const test_tint tint = {.struct_size = sizeof(test_tint), .make = make_tint, .release = release_input};

static able_status encode_text(able_model *abi, const able_text_request *request, const able_job *job,
                               able_conditioning **out) {
    able_conditioning *made = (able_conditioning *)calloc(1, sizeof *made);
    (void)abi;
    if (made == NULL) {
        return no_memory(job);
    }
    for (uint32_t i = 0; i < request->segment_count; ++i) {
        made->value += (double)strlen(request->segments[i]->text) / 100.0;
    }
    *out = made;
    return ABLE_OK;
}

static void release_conditioning(able_model *abi, able_conditioning *conditioning) {
    (void)abi;
    free(conditioning);
}

/* The input of a kind that goes with conditioning k; NULL if there is none. */
static const able_input_use *use_for(const able_evaluation *e, input_kind kind, uint32_t k) {
    for (uint32_t i = 0; i < e->input_count; ++i) {
        const able_input_use *use = e->inputs[i];
        if (use->input->kind == kind && (use->conditioning == k || use->conditioning == ABLE_ALL_CONDITIONINGS)) {
            return use;
        }
    }
    return NULL;
}

/* The deep part of an evaluation, as the features of conditioning k have it or are to have it. */
static able_status deep_part(const able_evaluation *e, uint32_t k, const able_job *job, able_tensor *out) {
    const able_input_use *deep = use_for(e, DEEP, k);
    if (deep != NULL && deep->mode == ABLE_DEEP_REUSE) {
        if (deep->input->tensor == NULL) {
            return job->fail(job, ABLE_INVALID_ARGUMENT, "there are no deep features to reuse");
        }
        memcpy(able_cpu_data(out), able_cpu_data(deep->input->tensor), able_cpu_count(out) * sizeof(float));
        return ABLE_OK;
    }
    for (uint64_t i = 0; i < able_cpu_count(out); ++i) {
        able_cpu_data(out)[i] = (float)((double)able_cpu_data(e->x)[i] / (1.0 + e->sigma * e->sigma));
    }
    if (deep != NULL) {
        able_cpu_release(deep->input->tensor);
        deep->input->tensor = able_cpu_make(out->ndim, out->shape);
        if (deep->input->tensor == NULL) {
            return no_memory(job);
        }
        memcpy(able_cpu_data(deep->input->tensor), able_cpu_data(out), able_cpu_count(out) * sizeof(float));
    }
    return ABLE_OK;
}

static able_status denoise(able_model *abi, const able_evaluation *e, const able_job *job) {
    (void)abi;
    for (uint32_t k = 0; k < e->count; ++k) {
        const able_input_use *hole = use_for(e, INPAINT, k);
        const able_input_use *shift = use_for(e, TINT, k);
        able_tensor *out = e->outs[k];
        if (hole == NULL) {
            return job->fail(job, ABLE_INVALID_ARGUMENT,
                             "this model fills holes, and needs the input of " ABLE_EXTENSION_INPAINT);
        }
        ABLE_TRY(deep_part(e, k, job, out));
        const uint64_t plane = able_cpu_count(hole->input->tensor);
        for (uint64_t i = 0; i < able_cpu_count(out); ++i) {
            const double colour =
                shift != NULL ? shift->strength * (double)shift->input->colour[i / plane % CHANNELS] : 0.0;
            able_cpu_data(out)[i] +=
                (float)(e->conditionings[k]->value + able_cpu_data(hole->input->tensor)[i % plane] / 4.0F + colour);
        }
    }
    return ABLE_OK;
}

static able_status decode(able_model *abi, const able_tensor *latents, uint32_t index, able_image *image,
                          const able_job *job) {
    (void)abi;
    (void)latents;
    (void)index;
    (void)job;
    memset(image->pixels, 0, (size_t)image->width * image->height * 3 * sizeof(float));
    return ABLE_OK;
}

static const void *get_extension(able_model *abi, const char *id) {
    (void)abi;
    if (strcmp(id, ABLE_EXTENSION_INPAINT) == 0) {
        return &inpaint;
    }
    if (strcmp(id, ABLE_EXTENSION_DEEP_CACHE) == 0) {
        return &deep_cache;
    }
    return strcmp(id, TEST_EXTENSION_TINT) == 0 ? &tint : NULL;
}

static void unload(able_model *abi) {
    free(abi->self);
}

static able_status load(const able_load_request *request, const able_job *job, able_model **out) {
    model *made = (model *)calloc(1, sizeof *made);
    (void)request;
    if (made == NULL) {
        return no_memory(job);
    }
    made->ops = able_cpu_ops(made);
    made->abi.struct_size = sizeof made->abi;
    made->abi.self = made;
    made->abi.info = &info;
    made->abi.ops = &made->ops;
    made->abi.device = "cpu";
    made->abi.dtype = "fp32";
    made->abi.encode_text = encode_text;
    made->abi.release_conditioning = release_conditioning;
    made->abi.denoise = denoise;
    made->abi.decode = decode;
    made->abi.get_extension = get_extension;
    made->abi.unload = unload;
    *out = &made->abi;
    return ABLE_OK;
}

static able_status probe(const able_source *source, able_model_probe *out) {
    (void)source;
    out->why = "a model of a test, which is loaded by name";
    return ABLE_OK;
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor), .id = "test_inputs", .name = "Inputs", .summary = "For a test."};

static const able_pipeline pipeline = {
    .struct_size = sizeof(able_pipeline), .descriptor = &descriptor, .probe = probe, .load = load};

static const void *pipeline_at(uint32_t index) {
    return index == 0 ? &pipeline : NULL;
}

static const able_factory factory = {.struct_size = sizeof(able_factory), .count = 1, .at = pipeline_at};

static const able_factory *get_factory(const char *id) {
    return strcmp(id, ABLE_FACTORY_PIPELINE) == 0 ? &factory : NULL;
}

const able_plugin *able_plugin_v1(void) {
    static const able_plugin plugin = {.struct_size = sizeof(able_plugin),
                                       .abi_minor = ABLE_ABI_MINOR,
                                       .min_host_minor = 0,
                                       .id = "org.example.test_inputs",
                                       .name = "Inputs",
                                       .version = "1.0.0",
                                       .vendor = "AbleRefusal's tests",
                                       .licence = "MIT",
                                       .get_factory = get_factory};
    return &plugin;
}
