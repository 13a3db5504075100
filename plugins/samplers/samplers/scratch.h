/* Tensors that a sampler needs beside x, released on every way out. */
#ifndef ABLE_SAMPLERS_SCRATCH_H
#define ABLE_SAMPLERS_SCRATCH_H

#include <ablerefusal/ablerefusal.h>

enum { SCRATCH_MAX = 8 };

typedef able_status (*scratch_body)(const able_sampling *s, able_tensor *const *scratch);

/* Runs `body` with `count` <= SCRATCH_MAX tensors shaped as x, contents undefined. */
static inline able_status with_scratch(const able_sampling *s, uint32_t count, scratch_body body) {
    able_tensor *scratch[SCRATCH_MAX];
    uint32_t made = 0;
    while (made < count && (scratch[made] = s->ops->like(s->ops, s->x)) != NULL) {
        ++made;
    }
    const able_status status = made == count ? body(s, scratch) : able_out_of_memory(s);
    while (made > 0) {
        s->ops->release(s->ops, scratch[--made]);
    }
    return status;
}

/* out = from */
static inline able_status copy(const able_sampling *s, able_tensor *out, const able_tensor *from) {
    const double one = 1.0;
    return s->ops->lincomb(s->ops, out, 1, &one, &from);
}

#endif
