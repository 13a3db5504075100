/* ablerefusal/draft/upscaler.h: what makes a picture larger. A draft: its id changes when it is done.
 *
 * A network from pixels to pixels, with neither prompt nor noise. The host cuts a picture that is too large for one call
 * into tiles, and joins the results. */
#ifndef ABLEREFUSAL_DRAFT_UPSCALER_H
#define ABLEREFUSAL_DRAFT_UPSCALER_H

#include "../image.h"
#include "../job.h"
#include "../param.h"
#include "../source.h"

ABLE_C_BEGIN

#define ABLE_FACTORY_UPSCALER "draft/able.upscaler/1"

/* A loaded upscaler: made by able_upscaler.load, freed by unload. */
typedef struct able_upscaling {
    uint32_t struct_size;
    uint32_t scale; /* pixels of the result for each of the picture's, each way */
    void *self;
    uint32_t tile;    /* the largest side of a picture that one call takes; 0: any */
    uint32_t overlap; /* pixels at a tile's edge that lack their surroundings, and are to be had twice */
    /* Fills `out`, `scale` times as large as `image`. `params` are the descriptor's. [job] */
    able_status (*upscale)(struct able_upscaling *upscaling, const able_image *image, const able_params *params,
                           const able_job *job, able_image *out) ABLE_NOEXCEPT;
    void (*unload)(struct able_upscaling *upscaling) ABLE_NOEXCEPT;
} able_upscaling;

typedef struct able_upscaler_probe {
    uint32_t struct_size;
    uint32_t score;      /* as in able_model_probe */
    uint32_t scale;      /* as in able_upscaling */
    const char *variant; /* the network, in a word or two: "ESRGAN" */
    const char *why;     /* one line: what gave it away, or what is missing */
} able_upscaler_probe;

typedef struct able_upscaler {
    uint32_t struct_size;
    const able_descriptor *descriptor;
    /* Recognises a file by its tensors. Fast. [job] */
    able_status (*probe)(const able_source *source, able_upscaler_probe *out) ABLE_NOEXCEPT;
    /* `device`, `dtype` and `threads` as in able_load_request. [job] */
    able_status (*load)(const able_source *source, const char *device, const char *dtype, uint32_t threads,
                        const able_job *job, able_upscaling **out) ABLE_NOEXCEPT;
} able_upscaler;

ABLE_C_END

#endif
