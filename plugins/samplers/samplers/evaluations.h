/* What a run costs: the two answers that most samplers give, for a sequence of levels that ends at 0. */
#ifndef ABLE_SAMPLERS_EVALUATIONS_H
#define ABLE_SAMPLERS_EVALUATIONS_H

#include <stdint.h>

static inline uint32_t one_evaluation_a_step(uint32_t steps) {
    return steps;
}

/* The last step, to 0, needs one. */
static inline uint32_t two_evaluations_a_step(uint32_t steps) {
    return steps == 0 ? 0 : 2 * steps - 1;
}

#endif
