/* ablerefusal/cpu_ops.h: able_ops over plain memory, for models that compute on the CPU.
 *
 * Header only, and no part of the ABI: a plugin that includes it, in one source file, has tensors of floats, dense and
 * row-major, and gives `able_cpu_ops` of its own to its able_model. It reads and writes their values by able_cpu_data().
 * Sums are in double precision and in the order of the values, so that results do not depend on the machine. */
#ifndef ABLEREFUSAL_CPU_OPS_H
#define ABLEREFUSAL_CPU_OPS_H

#include "tensor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ABLE_C_BEGIN

#define ABLE_CPU_MOST_DIMENSIONS 8

struct able_tensor {
    uint32_t references;
    uint32_t ndim;
    int64_t shape[ABLE_CPU_MOST_DIMENSIONS];
    uint64_t count; /* of values */
    float *values;
};

/* The values of a tensor, and their number. */
static inline float *able_cpu_data(const able_tensor *tensor) {
    return tensor->values;
}

static inline uint64_t able_cpu_count(const able_tensor *tensor) {
    return tensor->count;
}

/* A new tensor, all zeros; NULL for a shape that cannot be, or where memory is short. */
static inline able_tensor *able_cpu_make(uint32_t ndim, const int64_t *shape) {
    able_tensor *tensor;
    uint64_t count = 1;
    if (ndim > ABLE_CPU_MOST_DIMENSIONS) {
        return NULL;
    }
    for (uint32_t i = 0; i < ndim; ++i) {
        if (shape[i] < 1 || count > SIZE_MAX / sizeof(float) / (uint64_t)shape[i]) {
            return NULL;
        }
        count *= (uint64_t)shape[i];
    }
    tensor = (able_tensor *)calloc(1, sizeof *tensor);
    if (tensor == NULL) {
        return NULL;
    }
    tensor->values = (float *)calloc((size_t)count, sizeof(float));
    if (tensor->values == NULL) {
        free(tensor);
        return NULL;
    }
    tensor->references = 1;
    tensor->ndim = ndim;
    tensor->count = count;
    if (ndim > 0) {
        memcpy(tensor->shape, shape, ndim * sizeof *shape);
    }
    return tensor;
}

static inline void able_cpu_release(able_tensor *tensor) {
    if (tensor != NULL && --tensor->references == 0) {
        free(tensor->values);
        free(tensor);
    }
}

static inline int able_cpu_same_shape(const able_tensor *a, const able_tensor *b) {
    return a->ndim == b->ndim && memcmp(a->shape, b->shape, a->ndim * sizeof *a->shape) == 0;
}

/* The functions of able_ops, as tensor.h has them. */

static inline able_tensor *able_cpu_ops_like(const able_ops *ops, const able_tensor *model) ABLE_NOEXCEPT {
    (void)ops;
    return able_cpu_make(model->ndim, model->shape);
}

static inline able_tensor *able_cpu_ops_make(const able_ops *ops, uint32_t ndim, const int64_t *shape) ABLE_NOEXCEPT {
    (void)ops;
    return able_cpu_make(ndim, shape);
}

static inline void able_cpu_ops_retain(const able_ops *ops, able_tensor *tensor) ABLE_NOEXCEPT {
    (void)ops;
    ++tensor->references;
}

static inline void able_cpu_ops_release(const able_ops *ops, able_tensor *tensor) ABLE_NOEXCEPT {
    (void)ops;
    able_cpu_release(tensor);
}

static inline able_status able_cpu_ops_shape(const able_ops *ops, const able_tensor *tensor, uint32_t capacity,
                                             int64_t *shape, uint32_t *ndim) ABLE_NOEXCEPT {
    (void)ops;
    for (uint32_t i = 0; i < tensor->ndim && i < capacity; ++i) {
        shape[i] = tensor->shape[i];
    }
    *ndim = tensor->ndim;
    return ABLE_OK;
}

static inline able_status able_cpu_ops_lincomb(const able_ops *ops, able_tensor *out, uint32_t count,
                                               const double *coefficients, const able_tensor *const *in) ABLE_NOEXCEPT {
    (void)ops;
    for (uint32_t k = 0; k < count; ++k) {
        if (!able_cpu_same_shape(out, in[k])) {
            return ABLE_INVALID_ARGUMENT;
        }
    }
    for (uint64_t i = 0; i < out->count; ++i) { /* value by value, so that an input may be the output */
        double sum = 0.0;
        for (uint32_t k = 0; k < count; ++k) {
            sum += coefficients[k] * (double)in[k]->values[i];
        }
        out->values[i] = (float)sum;
    }
    return ABLE_OK;
}

static inline able_status able_cpu_ops_mul(const able_ops *ops, able_tensor *out, const able_tensor *a,
                                           const able_tensor *b) ABLE_NOEXCEPT {
    (void)ops;
    if (!able_cpu_same_shape(out, a) || !able_cpu_same_shape(out, b)) {
        return ABLE_INVALID_ARGUMENT;
    }
    for (uint64_t i = 0; i < out->count; ++i) {
        out->values[i] = a->values[i] * b->values[i];
    }
    return ABLE_OK;
}

static inline able_status able_cpu_ops_clamp(const able_ops *ops, able_tensor *out, const able_tensor *a, double low,
                                             double high) ABLE_NOEXCEPT {
    (void)ops;
    if (!able_cpu_same_shape(out, a)) {
        return ABLE_INVALID_ARGUMENT;
    }
    for (uint64_t i = 0; i < out->count; ++i) {
        out->values[i] = (float)fmin(fmax((double)a->values[i], low), high);
    }
    return ABLE_OK;
}

static inline able_status able_cpu_ops_blend(const able_ops *ops, able_tensor *out, const able_tensor *a,
                                             const able_tensor *b, const able_tensor *mask) ABLE_NOEXCEPT {
    (void)ops;
    if (!able_cpu_same_shape(out, a) || !able_cpu_same_shape(out, b) || mask->count == 0 ||
        out->count % mask->count != 0) {
        return ABLE_INVALID_ARGUMENT;
    }
    for (uint64_t i = 0; i < out->count; ++i) { /* [1, 1, h, w]: the same plane for each sample and channel */
        const float m = mask->values[i % mask->count];
        out->values[i] = m * a->values[i] + (1.0F - m) * b->values[i];
    }
    return ABLE_OK;
}

static inline able_status able_cpu_ops_error_norm(const able_ops *ops, const able_tensor *a, const able_tensor *b,
                                                  const able_tensor *ref, double atol, double rtol,
                                                  double *result) ABLE_NOEXCEPT {
    double sum = 0.0;
    (void)ops;
    if (!able_cpu_same_shape(a, b) || !able_cpu_same_shape(a, ref)) {
        return ABLE_INVALID_ARGUMENT;
    }
    for (uint64_t i = 0; i < a->count; ++i) {
        const double larger = fmax(fabs((double)a->values[i]), fabs((double)ref->values[i]));
        const double error = ((double)a->values[i] - (double)b->values[i]) / fmax(atol, rtol * larger);
        sum += error * error;
    }
    *result = sqrt(sum / (double)a->count);
    return ABLE_OK;
}

static inline able_status able_cpu_ops_mean_std(const able_ops *ops, const able_tensor *tensor, uint32_t index,
                                                double *mean, double *std) ABLE_NOEXCEPT {
    double sum = 0.0;
    double squares = 0.0;
    (void)ops;
    if (tensor->ndim == 0 || (int64_t)index >= tensor->shape[0]) {
        return ABLE_INVALID_ARGUMENT;
    }
    {
        const uint64_t count = tensor->count / (uint64_t)tensor->shape[0];
        const float *values = tensor->values + index * count;
        if (count < 2) {
            return ABLE_INVALID_ARGUMENT;
        }
        for (uint64_t i = 0; i < count; ++i) {
            sum += (double)values[i];
        }
        *mean = sum / (double)count;
        for (uint64_t i = 0; i < count; ++i) {
            const double difference = (double)values[i] - *mean;
            squares += difference * difference;
        }
        *std = sqrt(squares / (double)(count - 1));
    }
    return ABLE_OK;
}

static inline able_status able_cpu_ops_upload(const able_ops *ops, able_tensor *out, const float *from,
                                              uint64_t count) ABLE_NOEXCEPT {
    (void)ops;
    if (count != out->count) {
        return ABLE_INVALID_ARGUMENT;
    }
    memcpy(out->values, from, (size_t)count * sizeof *from);
    return ABLE_OK;
}

static inline able_status able_cpu_ops_download(const able_ops *ops, const able_tensor *from, float *out,
                                                uint64_t count) ABLE_NOEXCEPT {
    (void)ops;
    if (count != from->count) {
        return ABLE_INVALID_ARGUMENT;
    }
    memcpy(out, from->values, (size_t)count * sizeof *out);
    return ABLE_OK;
}

static inline able_status able_cpu_ops_view(const able_ops *ops, able_tensor *tensor, able_view *out) ABLE_NOEXCEPT {
    (void)ops;
    memset(out, 0, sizeof *out);
    out->data = tensor->values;
    out->device_type = ABLE_DEVICE_CPU;
    out->ndim = (int32_t)tensor->ndim;
    out->dtype_code = ABLE_DTYPE_FLOAT;
    out->dtype_bits = 32;
    out->dtype_lanes = 1;
    out->shape = tensor->shape;
    return ABLE_OK;
}

/* The table; constant but for `owner`, which these functions do not need. */
static inline able_ops able_cpu_ops(void *owner) {
    able_ops ops;
    memset(&ops, 0, sizeof ops);
    ops.struct_size = sizeof ops;
    ops.owner = owner;
    ops.like = able_cpu_ops_like;
    ops.make = able_cpu_ops_make;
    ops.retain = able_cpu_ops_retain;
    ops.release = able_cpu_ops_release;
    ops.shape = able_cpu_ops_shape;
    ops.lincomb = able_cpu_ops_lincomb;
    ops.mul = able_cpu_ops_mul;
    ops.clamp = able_cpu_ops_clamp;
    ops.blend = able_cpu_ops_blend;
    ops.error_norm = able_cpu_ops_error_norm;
    ops.mean_std = able_cpu_ops_mean_std;
    ops.upload = able_cpu_ops_upload;
    ops.download = able_cpu_ops_download;
    ops.view = able_cpu_ops_view;
    return ops;
}

ABLE_C_END

#endif
