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

#define ABLE_EXTENSION_DEEP_CACHE "able.deep_cache/1" /* an able_deep_cache, since 1.2 */

/* The deep features of one conditioning. Opaque, made by a model, which outlives them. */
typedef struct able_deep_features able_deep_features;

typedef struct able_deep_cache {
    uint32_t struct_size;

    /* How many branches the model has, numbered from 0: the skip connections in the order in which they are made. 0
     * leaves the most to the features; each further one computes a layer more on the way down, and one on the way up.
     * [job] */
    uint32_t (*branch_count)(struct able_model *model) ABLE_NOEXCEPT;
    /* Features of a branch, empty; release frees them. [job] */
    able_status (*make)(struct able_model *model, uint32_t branch, const able_job *job,
                        able_deep_features **out) ABLE_NOEXCEPT;
    void (*release)(struct able_model *model, able_deep_features *features) ABLE_NOEXCEPT;
    /* able_model.denoise; of an inpainting model able_inpaint.denoise, shown `channels`, which is NULL for any other.
     * With `reuse` 0 the result is theirs bit for bit, and features[k], all of one branch, then hold what came up under
     * conditionings[k]. Otherwise features[k] take the place of what lies below their branch, and stay as they are;
     * fails where one is empty, or is of latents of another shape than x's. [job] */
    able_status (*denoise)(struct able_model *model, const able_tensor *x, double sigma, uint32_t count,
                           const able_conditioning *const *conditionings, const able_tensor *channels,
                           able_deep_features *const *features, int32_t reuse, able_tensor *const *outs,
                           const able_job *job) ABLE_NOEXCEPT;
} able_deep_cache;

ABLE_C_END

#endif
