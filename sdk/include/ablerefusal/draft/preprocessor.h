/* ablerefusal/draft/preprocessor.h: what draws edges, poses or depth out of a picture. A draft: its id changes when it is
 * done.
 *
 * From a picture to a picture of the same size, for control networks to follow. */
#ifndef ABLEREFUSAL_DRAFT_PREPROCESSOR_H
#define ABLEREFUSAL_DRAFT_PREPROCESSOR_H

#include "../image.h"
#include "../job.h"
#include "../param.h"
#include "../source.h"

ABLE_C_BEGIN

#define ABLE_FACTORY_PREPROCESSOR "draft/able.preprocessor/1"

typedef struct able_preprocessor {
    uint32_t struct_size;
    int32_t needs_source; /* whether it has weights, in a file of their own */
    const able_descriptor *descriptor;
    const char *control; /* the kind of control it is for: "canny", "depth", "pose" */
    /* Fills `out`, which has the picture's size. `source` has its weights, and is NULL for one that needs none. `params` are
     * the descriptor's. [job] */
    able_status (*process)(const able_source *source, const able_image *image, const able_params *params,
                           const able_job *job, able_image *out) ABLE_NOEXCEPT;
} able_preprocessor;

ABLE_C_END

#endif
