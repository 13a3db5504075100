/* An extension of models that the project knows nothing of: inputs that shift the estimate's channels. For a test that
 * such a thing goes together with the project's own. */
#ifndef ABLE_TESTS_TINT_H
#define ABLE_TESTS_TINT_H

#include <ablerefusal/pipeline.h>

ABLE_C_BEGIN

#define TEST_EXTENSION_TINT "org.example.tint/1" /* a test_tint */

typedef struct test_tint {
    uint32_t struct_size;

    /* The input that adds strength * colour[c] to channel c of the estimate. `colour` has a value for each latent
     * channel. release() frees it. [job] */
    able_status (*make)(struct able_model *model, const float *colour, const able_job *job,
                        able_input **out) ABLE_NOEXCEPT;
    void (*release)(struct able_model *model, able_input *input) ABLE_NOEXCEPT;
} test_tint;

ABLE_C_END

#endif
