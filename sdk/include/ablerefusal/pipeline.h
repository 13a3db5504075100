/* ablerefusal/pipeline.h: what a model is: encode, denoise, decode.
 *
 * A pipeline owns neither the loop nor the guidance: the host composes both, once, for every pipeline. Shapes: latents
 * [batch, latent_channels, height / scale_factor, width / scale_factor]. */
#ifndef ABLEREFUSAL_PIPELINE_H
#define ABLEREFUSAL_PIPELINE_H

#include "adapter.h"
#include "job.h"
#include "model_info.h"
#include "param.h"
#include "source.h"
#include "tensor.h"

ABLE_C_BEGIN

#define ABLE_FACTORY_PIPELINE "able.pipeline/1"

/* An RGB picture of floats in [0, 1], row by row, three values a pixel. Owned by the host. */
typedef struct able_image {
    uint32_t struct_size;
    uint32_t width, height;
    float *pixels; /* height * width * 3 */
} able_image;

enum {
    ABLE_SEGMENT_BREAK = 1u << 0 /* no text: what follows begins a new chunk, however much room there is in this one */
};

/* A piece of prompt with its weight; 1 is plain. Each piece is tokenized by itself. */
typedef struct able_text_segment {
    uint32_t struct_size;
    const char *text;
    double weight;
    /* Since 1.2. */
    uint32_t flags; /* ABLE_SEGMENT_… */
    uint32_t reserved;
} able_text_segment;

/* How weights act on the text encoder's output z, token by token. */
enum {
    /* z * weight, then the whole chunk scaled so that its mean is what it was (AUTOMATIC1111's) */
    ABLE_WEIGHTING_MEAN = 0,
    /* e + weight * (z - e), where e is the output for an empty prompt (ComfyUI's) */
    ABLE_WEIGHTING_EMPTY = 1
};

/* What a prompt is for. */
enum {
    ABLE_PROMPT_POSITIVE = 0, /* to be shown */
    /* To be kept away from. Empty where nobody asked for anything: a model may have a conditioning of its own for that
     * (SDXL's is all zeros). */
    ABLE_PROMPT_NEGATIVE = 1
};

/* A prompt of any length: what is longer than the text encoder takes is encoded in chunks, whose outputs lie side by
 * side. A pooled output is the first chunk's. */
typedef struct able_text_request {
    uint32_t struct_size;
    uint32_t segment_count;
    const able_text_segment *const *segments;
    /* Last layers of the text encoder to leave out, plus one: 1 takes the last layer's output, 2 the one before it; 0
     * takes the model's own default. The final norm is applied where the model was trained with it (SD 1.x and 2.x), and
     * not where it was not (SDXL). (A1111's "clip skip".) */
    uint32_t clip_skip;
    uint32_t width, height; /* of the image to come, in pixels */
    /* Since 1.1. */
    uint32_t reserved; /* 0. 1.0's padding, whose bytes mean nothing */
    int32_t role;      /* ABLE_PROMPT_… */
    /* Since 1.2. */
    uint32_t reserved_2; /* 0. 1.1's padding */
    int32_t weighting;   /* ABLE_WEIGHTING_… */
} able_text_request;

typedef struct able_conditioning able_conditioning; /* opaque, made by a model */

/* One adapter to apply, with its strengths. */
typedef struct able_adapter_use {
    uint32_t struct_size;
    const able_adapter_file *file;
    double unet_strength, text_strength; /* of changes to weights; new words have none */
    /* Since 1.2. What prompts call the file's new word. One in angle brackets, "<cat-toy>", is found as it is written;
     * any other where its tokens stand, whatever its case. Where several fit, the longest does. */
    uint32_t word_count;
    uint32_t reserved; /* 0 */
    const char *const *words;
} able_adapter_use;

/* A loaded model: made by able_pipeline.load, freed by unload. All functions [job]. */
typedef struct able_model {
    uint32_t struct_size;
    void *self;
    const able_model_info *info;
    const able_ops *ops;
    const able_targets *targets;
    const char *device; /* where it was put: "cpu", "cuda:0", … */
    const char *dtype;  /* of its weights: "fp32", "bf16", "fp16" */

    /* Makes `count` adapters, and no others, apply; 0 restores the file's own weights bit for bit. Fails without a
     * change. New words are known to encode_text from then on (since 1.2). */
    able_status (*set_adapters)(struct able_model *model, uint32_t count, const able_adapter_use *const *uses,
                                const able_job *job) ABLE_NOEXCEPT;
    able_status (*encode_text)(struct able_model *model, const able_text_request *request, const able_job *job,
                               able_conditioning **out) ABLE_NOEXCEPT;
    void (*release_conditioning)(struct able_model *model, able_conditioning *conditioning) ABLE_NOEXCEPT;
    /* Latents of a picture, in the model's scale, ready for noise. `noise` [1, latent_channels, h, w] draws from the
     * encoder's posterior; NULL takes its mean. The caller releases the result. */
    able_status (*encode_image)(struct able_model *model, const able_image *image, const able_tensor *noise,
                                const able_job *job, able_tensor **out) ABLE_NOEXCEPT;
    /* outs[k] = D(x, sigma) under conditionings[k], for k < count: one batched evaluation, or a few where prompts differ
     * in length. */
    able_status (*denoise)(struct able_model *model, const able_tensor *x, double sigma, uint32_t count,
                           const able_conditioning *const *conditionings, able_tensor *const *outs, const able_job *job)
        ABLE_NOEXCEPT;
    /* Decodes sample `index` of `latents` into `image`, whose size the caller has set and whose pixels it has made. */
    able_status (*decode)(struct able_model *model, const able_tensor *latents, uint32_t index, able_image *image,
                          const able_job *job) ABLE_NOEXCEPT;
    /* A rough picture at one pixel a latent, from the estimate of the clean latents; cheap. */
    able_status (*preview)(struct able_model *model, const able_tensor *denoised, uint32_t index, able_image *image)
        ABLE_NOEXCEPT;
    /* Token ids of `text` as the encoder number `encoder` gets them: start, ids, end and padding; nothing is cut here.
     * Writes at most `capacity` and sets `count` to what there is. */
    able_status (*tokenize)(struct able_model *model, uint32_t encoder, const char *text, uint32_t capacity,
                            uint32_t *ids, uint32_t *count) ABLE_NOEXCEPT;
    /* The conditioning's tensor called `name` ("context" [1, tokens, width], "pooled" [1, width]); NULL if it has none.
     * Borrowed. For tests and tools. */
    const able_tensor *(*conditioning_tensor)(struct able_model *model, const able_conditioning *conditioning,
                                              const char *name) ABLE_NOEXCEPT;
    /* Bytes that are in use, and that a job of this size would add; 0, 0, 0 gives the former alone. `batch` counts the
     * samples of one evaluation: pictures times conditionings. */
    uint64_t (*memory)(struct able_model *model, uint32_t width, uint32_t height, uint32_t batch) ABLE_NOEXCEPT;
    /* An optional capability by id; NULL if there is none. */
    const void *(*get_extension)(struct able_model *model, const char *id) ABLE_NOEXCEPT;
    void (*unload)(struct able_model *model) ABLE_NOEXCEPT;
} able_model;

/* Since 1.2. Whether the autoencoder works through a picture piece by piece, which takes less memory. The result is the
 * same but for rounding. */
enum {
    ABLE_TILING_AUTO = 0, /* where the whole picture at once would take much */
    ABLE_TILING_ON = 1,
    ABLE_TILING_OFF = 2
};

typedef struct able_load_options {
    uint32_t struct_size;
    uint32_t threads;   /* for the CPU; 0 = the plugin's choice */
    const char *device; /* "auto", "cpu", "cuda:0", "mps" */
    const char *dtype;  /* "auto", "fp32", "bf16", "fp16" */
    /* Since 1.2. */
    /* An autoencoder to use in place of the source's own, which probe_vae() knows; NULL: none. Lives as a source does. */
    const able_source *vae;
    int32_t vae_tiling; /* ABLE_TILING_… */
    uint32_t reserved;  /* 0 */
} able_load_options;

/* Since 1.2. What a model takes, in bytes. */
typedef struct able_memory {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    uint64_t weights;  /* while it is loaded */
    uint64_t working;  /* that a job adds at its peak */
} able_memory;

typedef struct able_pipeline {
    uint32_t struct_size;
    const able_descriptor *descriptor;
    /* Recognises a model by its tensors (names and shapes), never by its file's name. Fast. [job] */
    able_status (*probe)(const able_source *source, able_probe *out) ABLE_NOEXCEPT;
    /* Fails with the name of the tensor, shape or file that is wrong. [job] */
    able_status (*load)(const able_source *source, const able_load_options *options, const able_job *job,
                        able_model **out) ABLE_NOEXCEPT;
    /* Since 1.2; either may be NULL. */
    /* Recognises an autoencoder on its own, by its tensors, that load() takes as able_load_options.vae; `variant` is
     * "vae", also for one of no use here, whose score is 0 and whose `why` says so. Fast. [job] */
    able_status (*probe_vae)(const able_source *source, able_probe *out) ABLE_NOEXCEPT;
    /* What load() with these arguments, and then a job of this size (see able_model.memory), would take: from configs
     * and shapes, nothing is loaded. Fast. [job] */
    able_status (*estimate)(const able_source *source, const able_load_options *options, uint32_t width,
                            uint32_t height, uint32_t batch, const able_job *job, able_memory *out) ABLE_NOEXCEPT;
} able_pipeline;

ABLE_C_END

#endif
