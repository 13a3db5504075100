/* ablerefusal/adapter.h: what changes a model's weights, and what gives its prompts new words.
 *
 * An adapter is a description: for each named weight, the factors of a change; for a new word, the vectors it stands for.
 * It does no matrix maths; the pipeline merges on its own device, in fp32, and takes the change back exactly. */
#ifndef ABLEREFUSAL_ADAPTER_H
#define ABLEREFUSAL_ADAPTER_H

#include "job.h"
#include "param.h"
#include "source.h"
#include "tensor.h"

ABLE_C_BEGIN

#define ABLE_FACTORY_ADAPTER "able.adapter/1"

/* A weight of a model that can be changed: a matrix, a convolution, a bias or a norm's scale. Its name is its diffusers
 * module path with the component in front: `unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight`. */
typedef struct able_target {
    uint32_t struct_size;
    uint32_t ndim;
    const char *name;
    const int64_t *shape;
    const char *component; /* what strengths are given by: "unet", "transformer", "text_encoder" */
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

/* How a weight changes. W is a matrix [out, columns] here: what follows the first dimension is flattened, and the result
 * takes the weight's own shape again. A vector (a bias, a norm's scale) is one of one column.
 *
 * M and M2 are matrices that the views give by their factors: M by `up`, `mid` and `down`, M2 by `up2`, `mid2` and
 * `down2`. A view without data is not there:
 *   up               the matrix itself
 *   up, down         up x down, with up [rows, rank] and down [rank, columns]
 *   up, mid, down    a Tucker decomposition of a convolution: up [rows, r], mid [r, q, kernel…], down [q, in];
 *                    M[o, i, …] = sum over r and q of up[o, r] mid[r, q, …] down[q, i] */
enum {
    /* W + scale * up x down. Hu et al. 2021, "LoRA". */
    ABLE_DELTA_LOW_RANK = 1,
    ABLE_DELTA_MATRIX = 2,    /* W + scale * M */
    ABLE_DELTA_HADAMARD = 3,  /* W + scale * M * M2, element by element. Hyeon-Woo et al. 2021, "FedPara" (LoHa) */
    ABLE_DELTA_KRONECKER = 4, /* W + scale * kron(M, M2). Edalati et al. 2022, "KronA" (LoKr) */
    /* W * (1 + scale * up), where `up` [n] has one value for each of the channels of `axis`. Liu et al. 2022, "(IA)3" */
    ABLE_DELTA_CHANNELS = 5,
    /* Of a weight [out, in, kernel…], M being [in, in]: each of the kernel's [out, in] W becomes W + scale * W x M.
     * Chavan et al. 2023, "One-for-All" (GLoRA) */
    ABLE_DELTA_INPUTS = 6,
    /* W with its rows rotated. `up` is [blocks, b, b] with blocks * b = out, or [stages, blocks, b, b], and `scale` the
     * most that the Euclidean norm of all Q may be, which are shrunk to it; 0 is no limit. With Q = up - up^T of a block
     * and R = (I + Q) (I - Q)^-1, and s the user's strength, rows become
     *   one stage     (I + s (R^T - I)) x rows, block by block. Qiu et al. 2023, "OFT"
     *   more stages   (I + s (R - I)) x rows, the rows of stage i = 0, 1, … taken in the order of a butterfly: from each
     *                 2^i b, the first of the first half, the first of the second, the second of the first, and so on.
     *                 Liu et al. 2024, "BOFT"
     * and then, if there is a `magnitude` [out], rows times 1 + s (magnitude - 1). */
    ABLE_DELTA_ROTATION = 7,
    /* Beside one of 1 to 4: with V what that kind makes of W at the user's strength 1, and |V| the Euclidean norms of
     * its channels along `axis`, W + strength * (V * magnitude / |V| - W). Liu et al. 2024, "DoRA" */
    ABLE_DELTA_DORA = 0x100
};

/* Channels of a weight [out, in, …], for ABLE_DELTA_CHANNELS and ABLE_DELTA_DORA. */
enum { ABLE_AXIS_OUT = 0, ABLE_AXIS_IN = 1 };

typedef struct able_delta {
    uint32_t struct_size;
    int32_t kind;       /* ABLE_DELTA_… */
    const char *target; /* an able_target's name */
    double scale;       /* such as alpha / rank; the user's strength comes on top */
    able_view up, down; /* CPU memory of the adapter's or its source's. They may be strided, but have no gaps */
    able_view mid, up2, mid2, down2;
    able_view magnitude; /* [n], of DoRA and of rotations */
    int32_t axis;        /* ABLE_AXIS_… */
    /* The part of W that changes, and is W in all of the above: `row_count` rows from row `row` on, and `column_count`
     * columns from `column` on; a count of 0 takes them all. So a change of q, k or v finds its place in a weight that
     * holds all three. */
    uint64_t row, row_count, column, column_count;
} able_delta;

/* What a new word of prompts means to one text encoder: vectors in the place of its tokens' embeddings. Gal et
 * al. 2022, "An Image is Worth One Word" (textual inversion). */
typedef struct able_token_vectors {
    uint32_t struct_size;
    const char *encoder; /* the component, as targets have it in front: "text_encoder", "text_encoder_2" */
    able_view vectors;   /* [tokens, width], dense; CPU memory of the adapter's source */
} able_token_vectors;

/* An adapter file matched to one model's targets. */
typedef struct able_adapter_file {
    uint32_t struct_size;
    void *self;
    /* Deltas apply in this order, each to what those before have left. [any-thread] */
    uint32_t (*delta_count)(const struct able_adapter_file *file) ABLE_NOEXCEPT;
    /* NULL past the end [any-thread] */
    const able_delta *(*delta_at)(const struct able_adapter_file *file, uint32_t index) ABLE_NOEXCEPT;
    /* Keys of the file that fit no target, so that nothing is dropped in silence. [any-thread] */
    uint32_t (*unmatched_count)(const struct able_adapter_file *file) ABLE_NOEXCEPT;
    const char *(*unmatched_at)(const struct able_adapter_file *file, uint32_t index) ABLE_NOEXCEPT;
    /* Frees the file and all it handed out. [job] */
    void (*close)(struct able_adapter_file *file) ABLE_NOEXCEPT;
    /* What the file's new word means to each text encoder, with as many tokens for one as for another; what prompts call
     * it, able_adapter_use.words says. Both may be NULL: the file has none. [any-thread] */
    uint32_t (*token_vectors_count)(const struct able_adapter_file *file) ABLE_NOEXCEPT;
    /* NULL past the end [any-thread] */
    const able_token_vectors *(*token_vectors_at)(const struct able_adapter_file *file, uint32_t index) ABLE_NOEXCEPT;
} able_adapter_file;

/* How strongly the changes of one component's weights act. */
typedef struct able_strength {
    uint32_t struct_size;
    const char *component; /* an able_target's */
    double strength;
} able_strength;

/* One file to apply, with its strengths. New words have none. */
typedef struct able_adapter_use {
    uint32_t struct_size;
    const able_adapter_file *file;
    double strength; /* of components that are not named below */
    const able_strength *const *strengths;
    const char *const *words; /* what prompts call the file's new word; see able_word in prompt.h */
    uint32_t strength_count, word_count;
} able_adapter_use;

/* A plugin's opinion of an adapter file. Strings are constant and as long-lived as the library, but for `word`. */
typedef struct able_adapter_probe {
    uint32_t struct_size;
    uint32_t score;      /* 0: not mine; 100: certain. See able_model_probe */
    const char *family;  /* of the models it is for; "" or NULL if that cannot be told */
    const char *variant; /* its kind, in a word or two: "lora", "dora", "embedding" */
    const char *why;     /* one line: what gave it away, or what is missing */
    const char *word;    /* of a new word: the file's own name for it; of the source's memory; NULL if it has none */
    uint64_t word_tokens; /* how many tokens the new word takes up; 0: the file has none */
} able_adapter_probe;

typedef struct able_adapter {
    uint32_t struct_size;
    const able_descriptor *descriptor;
    /* Is this file one of mine? Fast: looks at names, shapes and metadata only. `out` comes with its struct_size set and
     * all else 0. [job] */
    able_status (*probe)(const able_source *source, able_adapter_probe *out) ABLE_NOEXCEPT;
    /* Matches the file to `targets`. Fails if nothing matches or a shape is wrong, and says what was expected. `params` are
     * what the user set for this use of the file, and live for the call. [job] */
    able_status (*open)(const able_source *source, const able_targets *targets, const able_params *params,
                        const able_job *job, able_adapter_file **out) ABLE_NOEXCEPT;
} able_adapter;

ABLE_C_END

#endif
