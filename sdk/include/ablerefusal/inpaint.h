/* ablerefusal/inpaint.h: models that were trained to fill a hole in a picture.
 *
 * An extension of able_model: such a model's network is shown, beside the latents, which part is to be painted and the
 * picture without that part. A model that has it needs it for every evaluation: able_model.denoise fails, and this
 * denoise takes its place. For a picture out of nothing, everything is to be painted and the picture is grey.
 *
 * A mask laid over any other model is the host's own affair. */
#ifndef ABLEREFUSAL_INPAINT_H
#define ABLEREFUSAL_INPAINT_H

#include "pipeline.h"

ABLE_C_BEGIN

#define ABLE_EXTENSION_INPAINT "able.inpaint/1" /* an able_inpaint, since 1.2 */

typedef struct able_inpaint {
    uint32_t struct_size;

    /* What the network is shown beside the latents, [1, n, h, w]; n is the model's own. `mask` has height * width values,
     * row by row: 0.5 and above is to be painted. What lies there of `image` does not matter. `noise`
     * [1, latent_channels, h, w] draws from the encoder's posterior; NULL takes its mean. The caller releases the result.
     * [job] */
    able_status (*encode)(struct able_model *model, const able_image *image, const float *mask, const able_tensor *noise,
                          const able_job *job, able_tensor **out) ABLE_NOEXCEPT;
    /* able_model.denoise, shown `channels`, which encode made for latents of x's height and width. [job] */
    able_status (*denoise)(struct able_model *model, const able_tensor *x, double sigma, uint32_t count,
                           const able_conditioning *const *conditionings, const able_tensor *channels,
                           able_tensor *const *outs, const able_job *job) ABLE_NOEXCEPT;
} able_inpaint;

ABLE_C_END

#endif
