/* ablerefusal/source.h: a model's or an adapter's files, read and checked by the host.
 *
 * The host maps the files and verifies every header, so no plugin parses hostile bytes. A folder in the diffusers
 * layout and a single file look alike: tensors by name, other files by relative path. Each subfolder with weights is a
 * component, whatever it is called, and its name stands in front of its tensors': `unet.conv_in.weight`,
 * `transformer.proj_out.weight`, `text_encoder.text_model.final_layer_norm.bias`. */
#ifndef ABLEREFUSAL_SOURCE_H
#define ABLEREFUSAL_SOURCE_H

#include "tensor.h"

ABLE_C_BEGIN

enum { ABLE_SOURCE_FOLDER = 1, ABLE_SOURCE_FILE = 2 };

/* What the bytes of a tensor with ABLE_DTYPE_OPAQUE stand for: blocks of a few numbers each, or numbers that other
 * tensors scale. A plugin reads the layouts that it knows; of any other it refuses the file, with the layout's name and
 * what to use instead. */
typedef struct able_quantisation {
    uint32_t struct_size;
    uint32_t ndim; /* of the tensor of numbers that the bytes stand for */
    const int64_t *shape;
    /* "ggml.q4_0", "ggml.q4_k", … laid out as ggml has it; "bnb.nf4"; "scaled.float8_e4m3fn", … */
    const char *layout;
    uint32_t block_elements; /* numbers of one block, along the last dimension; 1: there are no blocks */
    uint32_t block_bytes;
    /* Tensors that belong to it, in the order that the layout says ("scale", "zero_point", "code"). */
    const char *const *part_names;
    const able_view *const *parts;
    uint64_t part_count;
} able_quantisation;

/* Read-only; lives at least as long as every model and adapter opened from it, and so does all that it gives out. */
typedef struct able_source {
    uint32_t struct_size;
    int32_t kind;
    const char *name; /* for messages */
    void *host;

    /* [any-thread] */
    uint64_t (*tensor_count)(const struct able_source *source) ABLE_NOEXCEPT;
    /* Name of tensor `index`, in the order of names; NULL past the end. [any-thread] */
    const char *(*tensor_name)(const struct able_source *source, uint64_t index) ABLE_NOEXCEPT;
    /* The tensor, dense and row-major, in the mapping; possibly unaligned; NULL if there is none of that name.
     * [any-thread] */
    const able_view *(*tensor)(const struct able_source *source, const char *name) ABLE_NOEXCEPT;
    /* How tensor `name` is quantised; NULL for a plain one. [any-thread] */
    const able_quantisation *(*quantisation)(const struct able_source *source, const char *name) ABLE_NOEXCEPT;
    /* A text file of a folder (`unet/config.json`, `tokenizer/vocab.json`), NUL-terminated, its length in `length`
     * (which may be NULL); NULL if absent. Of a single file, "config.yaml" is the configuration that lies beside it
     * under its name (`model.yaml` of `model.safetensors`), as training programs and AUTOMATIC1111 have it.
     * [any-thread] */
    const char *(*text)(const struct able_source *source, const char *path, uint64_t *length) ABLE_NOEXCEPT;
    /* The bytes of any file of a folder that holds no weights (`tokenizer_3/spiece.model`), their number in `length`;
     * NULL if absent. Nobody has looked into them: read them as a stranger's. [any-thread] */
    const void *(*blob)(const struct able_source *source, const char *path, uint64_t *length) ABLE_NOEXCEPT;
    /* A string of a single file's own metadata; NULL if absent. [any-thread] */
    const char *(*metadata)(const struct able_source *source, const char *key) ABLE_NOEXCEPT;
} able_source;

ABLE_C_END

#endif
