// able_view is laid out as DLPack's DLTensor, so that either can be read as the other.
#include <ablerefusal/tensor.h>

#include <ATen/dlpack.h>

#include <cstddef>

#define SAME(ours, theirs)                                                                                             \
    static_assert(offsetof(able_view, ours) == offsetof(DLTensor, theirs), #ours " is not where " #theirs " is");      \
    static_assert(sizeof(able_view::ours) == sizeof(DLTensor::theirs), #ours " is not as wide as " #theirs)

static_assert(sizeof(able_view) == sizeof(DLTensor));
static_assert(alignof(able_view) == alignof(DLTensor));
SAME(data, data);
SAME(ndim, ndim);
SAME(shape, shape);
SAME(strides, strides);
SAME(byte_offset, byte_offset);

static_assert(sizeof(DLDevice) == sizeof(able_view::device_type) + sizeof(able_view::device_id));
static_assert(offsetof(able_view, device_type) == offsetof(DLTensor, device) + offsetof(DLDevice, device_type));
static_assert(offsetof(able_view, device_id) == offsetof(DLTensor, device) + offsetof(DLDevice, device_id));

static_assert(sizeof(DLDataType) == 4);
static_assert(offsetof(able_view, dtype_code) == offsetof(DLTensor, dtype) + offsetof(DLDataType, code));
static_assert(offsetof(able_view, dtype_bits) == offsetof(DLTensor, dtype) + offsetof(DLDataType, bits));
static_assert(offsetof(able_view, dtype_lanes) == offsetof(DLTensor, dtype) + offsetof(DLDataType, lanes));

// Through int, for the enumerations are of different types by design.
static_assert(int{ABLE_DEVICE_CPU} == int{kDLCPU});
static_assert(int{ABLE_DEVICE_CUDA} == int{kDLCUDA});
static_assert(int{ABLE_DTYPE_INT} == int{kDLInt});
static_assert(int{ABLE_DTYPE_UINT} == int{kDLUInt});
static_assert(int{ABLE_DTYPE_FLOAT} == int{kDLFloat});
static_assert(int{ABLE_DTYPE_BFLOAT} == int{kDLBfloat});
