/* ablerefusal/inpaint.h: models that were trained to fill a hole in a picture.
 *
 * An extension of able_model: such a model's network is shown, beside the latents, which part is to be painted and the
 * picture without that part. A model that has it needs its input in every evaluation, for all conditionings, and fails
 * without. For a picture out of nothing, everything is to be painted and the picture is grey.
 *
 * A mask laid over any other model is the host's own affair. */
#ifndef ABLEREFUSAL_INPAINT_H
#define ABLEREFUSAL_INPAINT_H

#include "pipeline.h"

ABLE_C_BEGIN

#define ABLE_EXTENSION_INPAINT "able.inpaint/1" /* an able_inpaint */

typedef struct able_inpaint {
    uint32_t struct_size;

    /* The input for evaluations of latents of the picture's size. `mask` has height * width values, row by row: 0.5 and
     * above is to be painted. What lies there of `image` does not matter. `noise` [1, latent_channels, h, w] draws from
     * the encoder's posterior; NULL takes its mean. release() frees the result. [job] */
    able_status (*make)(struct able_model *model, const able_image *image, const float *mask, const able_tensor *noise,
                        const able_job *job, able_input **out) ABLE_NOEXCEPT;
    void (*release)(struct able_model *model, able_input *input) ABLE_NOEXCEPT;
    /* What the network is shown beside the latents, [1, n, h, w]; n is the model's own. Borrowed. For tests and tools.
     * [job] */
    const able_tensor *(*channels)(struct able_model *model, const able_input *input) ABLE_NOEXCEPT;
} able_inpaint;

ABLE_C_END

#endif
