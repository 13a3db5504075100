// oneDNN's convolutions and matrix products, made once for each shape and shared by all layers that have it.
#pragma once

#include <ATen/ATen.h>
#include <dnnl.hpp>

#include <compare>
#include <memory>

namespace able::diffusion::onednn {

const dnnl::engine &engine();
dnnl::stream &stream(); // of this thread

// All that decides which code runs. A product with a matrix has no height; its batch is its rows.
struct Shape {
    at::ScalarType type = at::kFloat;
    int64_t batch = 0, in = 0, out = 0;
    int64_t height = 0, width = 0, kernel = 1, stride = 1, padding = 0;
    int64_t above = 0, below = 0; // rows of the padding that are there already
    bool bias = false;            // in the same format
    bool sum = false;             // whether the result is added to what is there
    int threads = 0;

    bool is_conv() const { return height > 0; }
    int64_t result_height() const { return (height + 2 * padding - above - below - kernel) / stride + 1; }
    int64_t result_width() const { return (width + 2 * padding - kernel) / stride + 1; }
    auto operator<=>(const Shape &) const = default;
};

struct Operation {
    dnnl::primitive primitive;
    dnnl::memory::desc x, weight, bias, result; // `weight` in the order that is fastest

    // `bias` and `result` as apply() of PackedLayer has them; all dense.
    void run(const at::Tensor &in, const dnnl::memory &packed, const at::Tensor &bias_values, at::Tensor &out) const;
};

// The order of a weight as it comes: [out, in, kernel, kernel] or [out, in].
dnnl::memory::desc plain_weight(const Shape &shape);

// Compiled when it is first asked for, and kept, as long as some hundred others were not asked for since. Throws
// dnnl::error where oneDNN has no code for it.
std::shared_ptr<const Operation> operation(const Shape &shape);

} // namespace able::diffusion::onednn
