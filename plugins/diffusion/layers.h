// The small layers that all the networks are made of: weights and what they do.
#pragma once

#include "packed_layer.h"

#include <ATen/ATen.h>

#include <memory>

namespace able::diffusion {

// y = x W^T + b, over the last dimension.
struct Linear {
    at::Tensor weight; // [out, in]; a stand-in where it is packed; may be narrower than what it computes in
    at::Tensor bias;   // [out], or undefined
    std::shared_ptr<PackedLayer> packed;

    at::Tensor operator()(const at::Tensor &x) const;
    // sum + y, in `sum`, which nobody else may need.
    at::Tensor added_to(at::Tensor sum, const at::Tensor &x) const;
};

struct Conv2d {
    at::Tensor weight; // [out, in, kernel, kernel]; a stand-in where it is packed
    at::Tensor bias;   // [out]
    int64_t stride = 1;
    int64_t padding = 0;
    std::shared_ptr<PackedLayer> packed;

    at::Tensor operator()(const at::Tensor &x) const;
    at::Tensor added_to(at::Tensor sum, const at::Tensor &x) const; // as Linear's
    // Of a strip of a map: x begins with `above` rows and ends with `below` that lie beyond it, `padding` of them or,
    // at an end of the map, none. For a stride of 1.
    at::Tensor of_strip(const at::Tensor &x, int64_t above, int64_t below) const;
};

// The norms compute in the format of their weights and give back the format of their input. On a CPU the weights are
// fp32 and the kernels our own: libtorch 1.13 gets bf16 norms wrong, group_norm on channels-last input in particular.
struct GroupNorm {
    at::Tensor weight, bias; // [channels]
    int64_t groups = 1;
    double eps = 1e-5;

    at::Tensor operator()(const at::Tensor &x) const;
    // silu(norm(x + add)), `add` [N, C] or undefined.
    at::Tensor then_silu(const at::Tensor &x, const at::Tensor &add = {}) const;
};

struct LayerNorm {
    at::Tensor weight, bias; // [channels]
    double eps = 1e-5;

    at::Tensor operator()(const at::Tensor &x) const;
};

// value * gelu(gate), the halves of x's last dimension in this order: GEGLU, Shazeer 2020.
at::Tensor geglu(const at::Tensor &x);

// x [N, C, H, W] at `height` x `width`, each value taken from the nearest.
at::Tensor resize_nearest(const at::Tensor &x, int64_t height, int64_t width);

} // namespace able::diffusion
