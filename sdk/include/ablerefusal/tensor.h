/* ablerefusal/tensor.h: opaque tensors, the few operations on them, and views of plain memory.
 *
 * A tensor lives wherever the model that made it keeps it: a sampler never learns whether that is a CPU or a GPU, and
 * copies nothing. Over all the samplers in use, linear combinations and noise are enough, but for step size control,
 * which needs an error norm. */
#ifndef ABLEREFUSAL_TENSOR_H
#define ABLEREFUSAL_TENSOR_H

#include "abi.h"

ABLE_C_BEGIN

typedef struct able_tensor able_tensor; /* opaque, reference counted, made by a model */

/* A view of memory that somebody else owns. Laid out as DLPack's DLTensor (dlpack 0.2 to 1.x), so either can be read as
 * the other; it never grows. Strides count elements; NULL means dense and row-major. */
typedef struct able_view {
    void *data;
    int32_t device_type; /* kDLCPU = 1, kDLCUDA = 2 */
    int32_t device_id;
    int32_t ndim;
    uint8_t dtype_code; /* ABLE_DTYPE_… */
    uint8_t dtype_bits;
    uint16_t dtype_lanes; /* 1 */
    int64_t *shape;
    int64_t *strides;
    uint64_t byte_offset;
} able_view;

enum { ABLE_DEVICE_CPU = 1, ABLE_DEVICE_CUDA = 2 };

/* DLPack's type codes. */
enum {
    ABLE_DTYPE_INT = 0,
    ABLE_DTYPE_UINT = 1,
    ABLE_DTYPE_FLOAT = 2,
    /* Bytes that are no array of numbers: dtype_bits is 8 and `shape` counts bytes. What they stand for,
     * able_source.quantisation says; who cannot read that, refuses by the name of the layout. */
    ABLE_DTYPE_OPAQUE = 3,
    ABLE_DTYPE_BFLOAT = 4,
    ABLE_DTYPE_BOOL = 6,
    ABLE_DTYPE_FLOAT8_E4M3FN = 10,
    ABLE_DTYPE_FLOAT8_E5M2 = 12
};

/* Operations on tensors of one model. Inputs may alias the output unless said otherwise; shapes must agree. All
 * arithmetic on latents is at least fp32. Functions are found again by `owner` alone: the table that is passed to them may
 * be a copy that the host has completed. A model on the CPU has all of them from cpu_ops.h. */
typedef struct able_ops {
    uint32_t struct_size;
    void *owner;

    /* A new tensor of the same shape, contents undefined; NULL if memory is short. The caller releases it. [job] */
    able_tensor *(*like)(const struct able_ops *ops, const able_tensor *model) ABLE_NOEXCEPT;
    /* A new latent-typed tensor of the given shape, contents undefined; NULL as above. The caller releases it. [job] */
    able_tensor *(*make)(const struct able_ops *ops, uint32_t ndim, const int64_t *shape) ABLE_NOEXCEPT;
    /* One more, one fewer reference; release(NULL) does nothing. [job] */
    void (*retain)(const struct able_ops *ops, able_tensor *tensor) ABLE_NOEXCEPT;
    void (*release)(const struct able_ops *ops, able_tensor *tensor) ABLE_NOEXCEPT;
    /* Writes up to `capacity` extents into `shape`, the true rank into `ndim`. [job] */
    able_status (*shape)(const struct able_ops *ops, const able_tensor *tensor, uint32_t capacity, int64_t *shape,
                         uint32_t *ndim) ABLE_NOEXCEPT;

    /* out = sum of coefficients[k] * in[k], for count >= 1. [job] */
    able_status (*lincomb)(const struct able_ops *ops, able_tensor *out, uint32_t count, const double *coefficients,
                           const able_tensor *const *in) ABLE_NOEXCEPT;
    /* The five that follow may be NULL: the host then works them out on its side, by way of download and upload. */

    /* out = a * b, element by element. [job] */
    able_status (*mul)(const struct able_ops *ops, able_tensor *out, const able_tensor *a, const able_tensor *b)
        ABLE_NOEXCEPT;
    /* out = min(max(a, low), high). [job] */
    able_status (*clamp)(const struct able_ops *ops, able_tensor *out, const able_tensor *a, double low, double high)
        ABLE_NOEXCEPT;
    /* out = mask * a + (1 - mask) * b, where a and b are [N, C, h, w]. The mask is [1, 1, h, w], with values from 0 to 1,
     * and serves every sample and channel alike. [job] */
    able_status (*blend)(const struct able_ops *ops, able_tensor *out, const able_tensor *a, const able_tensor *b,
                         const able_tensor *mask) ABLE_NOEXCEPT;
    /* Root mean square of (a - b) / max(atol, rtol * max(|a|, |ref|)): the error estimate of adaptive solvers. [job] */
    able_status (*error_norm)(const struct able_ops *ops, const able_tensor *a, const able_tensor *b,
                              const able_tensor *ref, double atol, double rtol, double *result) ABLE_NOEXCEPT;
    /* Mean and unbiased (N - 1) standard deviation of the values of sample `index`, of which
     * there are two at least. [job] */
    able_status (*mean_std)(const struct able_ops *ops, const able_tensor *tensor, uint32_t index, double *mean,
                            double *std) ABLE_NOEXCEPT;

    /* Copies `count` host floats in or out; `count` must be the number of elements. [job] */
    able_status (*upload)(const struct able_ops *ops, able_tensor *out, const float *from, uint64_t count)
        ABLE_NOEXCEPT;
    able_status (*download)(const struct able_ops *ops, const able_tensor *from, float *out, uint64_t count)
        ABLE_NOEXCEPT;
    /* A view without a copy, valid until the tensor is next written or released. May be NULL. [job] */
    able_status (*view)(const struct able_ops *ops, able_tensor *tensor, able_view *out) ABLE_NOEXCEPT;
} able_ops;

ABLE_C_END

#endif
