/* ablerefusal/source.h: a model's or an adapter's files, read and checked by the host.
 *
 * The host maps the files and verifies every header, so no plugin parses hostile bytes. A folder in the diffusers
 * layout and a single file look alike: tensors by name, small texts by relative path. In a folder the component's
 * directory stands in front of a tensor's name: `unet.conv_in.weight`, `text_encoder.text_model.final_layer_norm.bias`.
 */
#ifndef ABLEREFUSAL_SOURCE_H
#define ABLEREFUSAL_SOURCE_H

#include "tensor.h"

ABLE_C_BEGIN

enum { ABLE_SOURCE_FOLDER = 1, ABLE_SOURCE_FILE = 2 };

/* Read-only; lives at least as long as every model and adapter opened from it. */
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
    /* A text file of a folder (`unet/config.json`, `tokenizer/vocab.json`), NUL-terminated, its length in `length`
     * (which may be NULL); NULL if absent. [any-thread] */
    const char *(*text)(const struct able_source *source, const char *path, uint64_t *length) ABLE_NOEXCEPT;
    /* A string of a single file's own metadata; NULL if absent. [any-thread] */
    const char *(*metadata)(const struct able_source *source, const char *key) ABLE_NOEXCEPT;
} able_source;

/* A plugin's opinion of a source. Strings are constant and as long-lived as the library. */
typedef struct able_probe {
    uint32_t struct_size;
    uint32_t score;      /* 0: not mine; 100: certain. The highest score gets the source */
    const char *family;  /* as in able_model_info */
    const char *variant; /* as in able_model_info */
    const char *why;     /* one line: what gave it away, or what is missing */
    uint32_t default_width, default_height;
    /* Since 1.2, of an adapter that has a new word for prompts; else 0 and NULL. */
    uint32_t word_tokens; /* that the word takes up */
    uint32_t reserved;    /* 0 */
    const char *word;     /* its own name for it, such as "<cat-toy>"; of the source's memory; NULL if it has none */
} able_probe;

ABLE_C_END

#endif
