#include "resnet_block.h"

namespace able::diffusion {

at::Tensor over_channels(const Linear &layer, const at::Tensor &x) {
    return layer(x.permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
}

at::Tensor ResnetBlock::operator()(const at::Tensor &x, const at::Tensor &time) const {
    const at::Tensor h =
        norm2.then_silu(conv1(norm1.then_silu(x)), time_projection ? (*time_projection)(time) : at::Tensor());
    return shortcut ? conv2.added_to(over_channels(*shortcut, x), h) : conv2(h).add_(x);
}

ResnetBlock load_resnet_block(const Weights &weights, const ResnetBlock::Shape &shape) {
    ResnetBlock block;
    block.norm1 = weights.group_norm("norm1", shape.in, shape.groups, shape.eps);
    block.conv1 = weights.conv("conv1", shape.in, shape.out, 3, 1, 1);
    if (shape.time > 0) {
        block.time_projection = weights.linear("time_emb_proj", shape.time, shape.out);
    }
    block.norm2 = weights.group_norm("norm2", shape.out, shape.groups, shape.eps);
    block.conv2 = weights.conv("conv2", shape.out, shape.out, 3, 1, 1);
    if (shape.in != shape.out) {
        block.shortcut = weights.pointwise("conv_shortcut", shape.in, shape.out);
    }
    return block;
}

} // namespace able::diffusion
