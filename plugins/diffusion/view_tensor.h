// Tensors of the ABI's plain views.
#pragma once

#include <ATen/ATen.h>
#include <ablerefusal/tensor.h>

#include <optional>
#include <string>

namespace able::diffusion {

std::string shape_text(at::IntArrayRef shape); // "[320, 4, 3, 3]"

inline at::IntArrayRef shape_of(const able_view &view) {
    return {view.shape, static_cast<size_t>(view.ndim)};
}

// The format of `view`'s values, if it is one of libtorch's; float8 is not.
std::optional<at::ScalarType> stored_type(const able_view &view);

// What may stand in a tensor.
enum class Values { finite, any };

// The tensor that copy_view() would return, on the device "meta": the same checks, but no value is read.
at::Tensor unread_copy(const able_view &view, const std::string &name, at::ScalarType dtype);

// A copy of `view`, on `device` in `dtype`. Values pass through fp32, so that reading a weight for a merge and reading
// it for keeps see the same numbers. The view may be unaligned, must be dense and in CPU memory, and of float8 (e4m3fn
// or e5m2), float16, bfloat16, float32 or float64: throws able::Error naming `name` otherwise, and for infinities and
// NaN unless any values will do.
at::Tensor copy_view(const able_view &view, const std::string &name, at::Device device, at::ScalarType dtype,
                     Values allowed = Values::finite);

} // namespace able::diffusion
