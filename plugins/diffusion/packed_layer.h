// Weights in the order in which the CPU's matrix code wants them, put into it once instead of at every call.
#pragma once

#include <ATen/ATen.h>

#include <memory>

namespace able::diffusion {

// A product with a matrix, or a convolution, by oneDNN. Keeps no second copy of the weight. Gives the same bits on any
// number of threads.
class PackedLayer {
public:
    virtual ~PackedLayer() = default;

    // W x + bias. x and bias (or undefined) are of the weight's format; x is [..., in] for a matrix, and [N, in, H, W],
    // best channels last, for a convolution, whose result is channels last.
    virtual at::Tensor apply(const at::Tensor &x, const at::Tensor &bias) const = 0;
    // A convolution of a strip of a map: as apply(), but x begins with `above` rows and ends with `below` that stand in
    // the place of as many rows of padding.
    virtual at::Tensor apply_to_strip(const at::Tensor &x, int64_t above, int64_t below,
                                      const at::Tensor &bias) const = 0;
    // sum += W x + bias, rounded once; `sum` is dense, for a convolution channels last.
    virtual void add_to(at::Tensor &sum, const at::Tensor &x, const at::Tensor &bias) const = 0;

    // Takes the values of `weight`, which has as many as the first, in the same order and format.
    virtual void assign(const at::Tensor &weight) = 0;
    // The values as they are now, in the order in which they came: [out, in], or [out, in, kernel, kernel].
    virtual at::Tensor unpacked() const = 0;
};

// Null where this build, or oneDNN for this processor, has nothing better than libtorch's own operation.
// weight [out, in]; `rows` of x are the number for which the order is the best.
std::shared_ptr<PackedLayer> pack_linear(const at::Tensor &weight, int64_t rows = 256);
// weight [out, in, kernel, kernel]
std::shared_ptr<PackedLayer> pack_conv2d(const at::Tensor &weight, int64_t stride, int64_t padding);

// A tensor of `weight`'s shape, format and device without memory for its values: what is left of a weight that was
// packed. Writing to it throws.
at::Tensor stand_in(const at::Tensor &weight);

} // namespace able::diffusion
