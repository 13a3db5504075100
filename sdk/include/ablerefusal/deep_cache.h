/* ablerefusal/deep_cache.h: evaluations that take the network's deep part from an earlier one.
 *
 * An extension of able_model. From one noise level to the next, what a U-Net's coarse levels contribute changes little
 * (Ma, Fang & Wang 2024, "DeepCache: Accelerating Diffusion Models for Free"). Such a model can be cut at any of its
 * skip connections, its branches: an evaluation keeps what comes up from below the branch, its deep features, and a
 * later one computes only what lies above.
 *
 * When to do so is the host's affair, and so is that features are used under the prompt they are of. */
#ifndef ABLEREFUSAL_DEEP_CACHE_H
#define ABLEREFUSAL_DEEP_CACHE_H

#include "pipeline.h"

ABLE_C_BEGIN

#define ABLE_EXTENSION_DEEP_CACHE "able.deep_cache/1" /* an able_deep_cache */

/* able_input_use.mode of deep features. */
enum {
    /* The features become what came up under their conditioning; the result is the same, bit for bit, as without. */
    ABLE_DEEP_KEEP = 0,
    /* The features take the place of what lies below their branch, and stay as they are. Fails where they are empty, or of
     * latents of another shape than x's. */
    ABLE_DEEP_REUSE = 1
};

typedef struct able_deep_cache {
    uint32_t struct_size;

    /* How many branches the model has, numbered from 0: the skip connections in the order in which they are made. 0
     * leaves the most to the features; each further one computes a layer more on the way down, and one on the way up.
     * [job] */
    uint32_t (*branch_count)(struct able_model *model) ABLE_NOEXCEPT;
    /* Features of a branch, empty: the input for one conditioning. An evaluation has them for each of its conditionings,
     * all of one branch and in one mode, or for none. release() frees them. [job] */
    able_status (*make)(struct able_model *model, uint32_t branch, const able_job *job, able_input **out) ABLE_NOEXCEPT;
    void (*release)(struct able_model *model, able_input *input) ABLE_NOEXCEPT;
} able_deep_cache;

ABLE_C_END

#endif
