/* ablerefusal/adapter.h: what changes a model's weights.
 *
 * An adapter is a description: for each named weight, the factors of a change. It does no matrix maths; the pipeline
 * merges on its own device, in fp32, and takes the change back exactly. */
#ifndef ABLEREFUSAL_ADAPTER_H
#define ABLEREFUSAL_ADAPTER_H

#include "job.h"
#include "param.h"
#include "source.h"
#include "tensor.h"

ABLE_C_BEGIN

#define ABLE_FACTORY_ADAPTER "able.adapter/1"

/* The weights of a model that can be changed. Names are diffusers module paths with the component in front:
 * `unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight`. */
typedef struct able_target {
    uint32_t struct_size;
    uint32_t ndim;
    const char *name;
    const int64_t *shape;
} able_target;

typedef struct able_targets {
    uint32_t struct_size;
    void *owner;
    const char *family; /* of the model, as in able_model_info */
    /* [any-thread] */
    uint32_t (*count)(const struct able_targets *targets) ABLE_NOEXCEPT;
    /* NULL past the end [any-thread] */
    const able_target *(*at)(const struct able_targets *targets, uint32_t index) ABLE_NOEXCEPT;
} able_targets;

enum {
    /* change = scale * up x down, with up [out, rank] and down [rank, in] once trailing dimensions are flattened; the
     * result takes the target's shape. Hu et al. 2021, "LoRA". */
    ABLE_DELTA_LOW_RANK = 1
};

typedef struct able_delta {
    uint32_t struct_size;
    int32_t kind;       /* ABLE_DELTA_… */
    const char *target; /* an able_target's name */
    double scale;       /* alpha / rank; the user's strength comes on top */
    able_view up, down; /* CPU memory of the adapter's source */
} able_delta;

/* An adapter file matched to one model's targets. */
typedef struct able_adapter_file {
    uint32_t struct_size;
    void *self;
    /* [any-thread] */
    uint32_t (*delta_count)(const struct able_adapter_file *file) ABLE_NOEXCEPT;
    /* NULL past the end [any-thread] */
    const able_delta *(*delta_at)(const struct able_adapter_file *file, uint32_t index) ABLE_NOEXCEPT;
    /* Keys of the file that fit no target, so that nothing is dropped in silence. [any-thread] */
    uint32_t (*unmatched_count)(const struct able_adapter_file *file) ABLE_NOEXCEPT;
    const char *(*unmatched_at)(const struct able_adapter_file *file, uint32_t index) ABLE_NOEXCEPT;
    /* Frees the file and all it handed out. [job] */
    void (*close)(struct able_adapter_file *file) ABLE_NOEXCEPT;
} able_adapter_file;

typedef struct able_adapter {
    uint32_t struct_size;
    const able_descriptor *descriptor;
    /* Is this file one of mine? Fast: looks at names only. [job] */
    able_status (*probe)(const able_source *source, able_probe *out) ABLE_NOEXCEPT;
    /* Matches the file to `targets`. Fails if nothing matches or a shape is wrong, and says what was expected. [job] */
    able_status (*open)(const able_source *source, const able_targets *targets, const able_job *job,
                        able_adapter_file **out) ABLE_NOEXCEPT;
} able_adapter;

ABLE_C_END

#endif
