/* ablerefusal/pipeline.h: what a model is: encode, denoise, decode.
 *
 * A pipeline owns neither the loop nor the guidance: the host composes both, once, for every pipeline. Shapes: latents
 * [batch, latent_channels, height / scale_factor, width / scale_factor]. */
#ifndef ABLEREFUSAL_PIPELINE_H
#define ABLEREFUSAL_PIPELINE_H

#include "adapter.h"
#include "evaluation.h"
#include "image.h"
#include "job.h"
#include "model_info.h"
#include "param.h"
#include "prompt.h"
#include "source.h"
#include "tensor.h"

ABLE_C_BEGIN

#define ABLE_FACTORY_PIPELINE "able.pipeline/1"

/* The part that a source plays in a model. Roles are diffusers' names of components ("transformer", "text_encoder_2",
 * "vae"), and besides: */
#define ABLE_ROLE_MODEL "model" /* what the user names as the model: the first component of every list */
#define ABLE_ROLE_VAE "vae"     /* an autoencoder, in place of the model's own */

typedef struct able_component {
    uint32_t struct_size;
    const char *role;
    const able_source *source;
} able_component;

/* What a source is good for. */
enum {
    ABLE_PROBE_OTHER = 0,    /* nothing that this pipeline knows */
    ABLE_PROBE_MODEL = 1,    /* a model, with what `needs` names beside it */
    ABLE_PROBE_COMPONENT = 2 /* no model, but good for what `fills` names beside one */
};

enum {
    ABLE_PROBE_DECODES_ONLY = 1u << 0 /* its autoencoder has no encoder: it cannot start from a picture */
};

/* A pipeline's opinion of a source. All but score, kind and why may be left 0 or NULL: nobody knows. Strings and
 * arrays are constant and as long-lived as the library. */
typedef struct able_model_probe {
    uint32_t struct_size;
    /* 0: not mine; 100: certain. The plugin that gives the highest score gets the source, and of equals the one that was
     * found first (rule I3). Tensors and shapes that only this family has are worth 90 and more; what others have too, 50
     * and less. */
    uint32_t score;
    int32_t kind; /* ABLE_PROBE_…; with a score of 0 and a kind, something that is known here and of no use */
    /* Width and height of a picture must be multiples of this many pixels. */
    uint32_t size_multiple;
    const char *why;         /* one line: what gave it away, or what is missing */
    const char *family;      /* as in able_model_info */
    const char *family_name; /* for people: "Stable Diffusion XL" */
    const char *variant;     /* as in able_model_info */
    /* Roles that the source fills, and roles of a model that it does not and needs. */
    const char *const *fills;
    const char *const *needs;
    uint32_t fill_count, need_count;
    /* Sizes in pixels. Where `sizes` are given, pairs of width and height, the model draws no others. */
    uint32_t default_width, default_height;
    uint32_t smallest_side, largest_side; /* 0: no limit */
    const uint32_t *sizes;                /* 2 * size_count values */
    /* What it draws well with: ids of a sampler and a schedule, used where a request names none, if they are there. */
    const char *sampler;
    const char *schedule;
    double guidance;
    uint32_t size_count, steps;
    uint32_t latent_channels, scale_factor;
    const able_prompt_support *prompt; /* as in able_model_info, but NULL: only the loaded model knows */
    uint32_t flags; /* ABLE_PROBE_DECODES_ONLY or 0 */
} able_model_probe;

/* Whether the autoencoder works through a picture piece by piece, which takes less memory. The result is the same but for
 * rounding. */
enum {
    ABLE_TILING_AUTO = 0, /* where the whole picture at once would take much */
    ABLE_TILING_ON = 1,
    ABLE_TILING_OFF = 2
};

/* What of a model stays on its device between the phases of a job. */
enum {
    ABLE_OFFLOAD_AUTO = 0, /* the pipeline's choice */
    ABLE_OFFLOAD_OFF = 1,  /* everything */
    ABLE_OFFLOAD_ON = 2    /* what the next phase needs: slower, for less memory. Refused where it cannot be */
};

typedef struct able_load_request {
    uint32_t struct_size;
    uint32_t component_count; /* at least 1: the model comes first */
    const able_component *const *components;
    const char *device; /* "auto", "cpu", "cuda:0", "mps" */
    const char *dtype;  /* "auto", "fp32", "bf16", "fp16" */
    uint32_t threads;   /* for the CPU; 0 = the plugin's choice */
    int32_t tiling;     /* ABLE_TILING_… */
    int32_t offload;    /* ABLE_OFFLOAD_… */
    const able_params *params; /* the descriptor's; those with ABLE_PARAM_AT_LOAD are the user's, others have defaults */
} able_load_request;

/* Bytes that a model takes, by phase. The phases of a job come one after the other, so that it needs `resident` and the
 * largest of the others. */
typedef struct able_memory {
    uint32_t struct_size;
    uint64_t resident; /* while it is loaded, whatever it does */
    uint64_t encode;   /* that encoding prompts and pictures adds at its peak */
    uint64_t evaluate; /* that an evaluation adds */
    uint64_t decode;   /* that decoding one picture adds */
} able_memory;

/* A picture to encode. */
typedef struct able_image_request {
    uint32_t struct_size;
    const able_image *image;
    /* [1, latent_channels, h, w] draws from the encoder's posterior; NULL takes its mean. */
    const able_tensor *noise;
    const able_params *params; /* the pipeline's, for this job */
} able_image_request;

/* A picture to be drawn. */
typedef struct able_levels_request {
    uint32_t struct_size;
    uint32_t width, height; /* in pixels */
    uint32_t steps;
    const able_params *params; /* the pipeline's, for this job */
} able_levels_request;

/* A loaded model: made by able_pipeline.load, freed by unload. All functions [job]. */
typedef struct able_model {
    uint32_t struct_size;
    void *self;
    const able_model_info *info;
    const able_ops *ops;
    const able_targets *targets; /* what adapters can change; NULL: the model takes no adapters */
    const char *device;          /* where it was put: "cpu", "cuda:0", … */
    const char *dtype;           /* of its weights: "fp32", "bf16", "fp16" */

    /* The model's noise levels for a picture, where its size or the steps have a say in them. `out` comes as a copy of
     * info->levels, to be changed; a table that it points to lasts until the next call. Who changes the shift of a flow
     * changes sigma_min with it, which is shift / (ABLE_TIMESTEPS - 1). May be NULL: info->levels it is. */
    able_status (*levels)(struct able_model *model, const able_levels_request *request, const able_job *job,
                          able_noise_levels *out) ABLE_NOEXCEPT;
    /* Makes `count` adapters, and no others, apply; 0 restores the file's own weights bit for bit. Fails without a
     * change. New words are known to encode_text from then on. May be NULL where `targets` is. */
    able_status (*set_adapters)(struct able_model *model, uint32_t count, const able_adapter_use *const *uses,
                                const able_job *job) ABLE_NOEXCEPT;
    able_status (*encode_text)(struct able_model *model, const able_text_request *request, const able_job *job,
                               able_conditioning **out) ABLE_NOEXCEPT;
    void (*release_conditioning)(struct able_model *model, able_conditioning *conditioning) ABLE_NOEXCEPT;
    /* Latents of a picture, in the model's scale, ready for noise. The caller releases the result. May be NULL: the model
     * cannot start from a picture. */
    able_status (*encode_image)(struct able_model *model, const able_image_request *request, const able_job *job,
                                able_tensor **out) ABLE_NOEXCEPT;
    /* One batched evaluation, or a few where prompts differ in length. */
    able_status (*denoise)(struct able_model *model, const able_evaluation *evaluation, const able_job *job)
        ABLE_NOEXCEPT;
    /* Decodes sample `index` of `latents` into `image`, which has the picture's size and room for its pixels. */
    able_status (*decode)(struct able_model *model, const able_tensor *latents, uint32_t index, able_image *image,
                          const able_job *job) ABLE_NOEXCEPT;
    /* A rough picture at one pixel a latent, from the estimate of the clean latents; cheap. `image` has the size of the
     * latents, w by h, and room for its pixels. A failure means that there is no preview this time. May be NULL: there are
     * none at all. */
    able_status (*preview)(struct able_model *model, const able_tensor *denoised, uint32_t index, able_image *image)
        ABLE_NOEXCEPT;
    /* The conditioning's tensor called `name` ("context" [1, tokens, width], "pooled" [1, width]); NULL if it has none.
     * Borrowed. For tests and tools. May be NULL. */
    const able_tensor *(*conditioning_tensor)(struct able_model *model, const able_conditioning *conditioning,
                                              const char *name) ABLE_NOEXCEPT;
    /* What is in use, and what a job of this size would add; 0, 0, 0 asks for the former alone. `batch` counts the samples
     * of one evaluation: pictures times conditionings. May be NULL: nobody knows. */
    able_status (*memory)(struct able_model *model, uint32_t width, uint32_t height, uint32_t batch, able_memory *out)
        ABLE_NOEXCEPT;
    /* An optional capability by id; NULL if there is none. May be NULL. */
    const void *(*get_extension)(struct able_model *model, const char *id) ABLE_NOEXCEPT;
    void (*unload)(struct able_model *model) ABLE_NOEXCEPT;
} able_model;

typedef struct able_pipeline {
    uint32_t struct_size;
    const able_descriptor *descriptor;
    /* Recognises a source by its tensors (names and shapes), never by its file's name. Fast. `out` comes with its
     * struct_size set and all else 0. [job] */
    able_status (*probe)(const able_source *source, able_model_probe *out) ABLE_NOEXCEPT;
    /* Fails with the name of the tensor, shape or file that is wrong. [job] */
    able_status (*load)(const able_load_request *request, const able_job *job, able_model **out) ABLE_NOEXCEPT;
    /* What load() of the same, and then a job of this size (see able_model.memory), would take: from configs and shapes,
     * nothing is loaded. Fast. May be NULL: nobody knows. [job] */
    able_status (*estimate)(const able_load_request *request, uint32_t width, uint32_t height, uint32_t batch,
                            const able_job *job, able_memory *out) ABLE_NOEXCEPT;
    /* Hands each chunk of the prompt to request->chunk. Nothing is loaded but tokenizers. May be NULL: tokens cannot be
     * counted. [job] */
    able_status (*tokenize)(const able_token_request *request, const able_job *job) ABLE_NOEXCEPT;
    /* Whether load() of the same would succeed: that every tensor is there, has its shape and is used, and that configs
     * and tokenizers can be read. From names, shapes and texts alone. Fails as load() would. Asked of each source that
     * probe() takes, by itself: a component that the probe's `needs` names is missing here. What it logs as a warning is
     * shown with the model. May be NULL: the probe said all there is to say. [job] */
    able_status (*check)(const able_load_request *request, const able_job *job) ABLE_NOEXCEPT;
} able_pipeline;

ABLE_C_END

#endif
