// The residual block that the UNet and the autoencoder share. He et al. 2016; Ho et al. 2020 for the time embedding.
#pragma once

#include "weights.h"

#include <optional>

namespace able::diffusion {

struct ResnetBlock {
    struct Shape {
        int64_t in, out;
        int64_t groups;
        double eps;
        int64_t time; // width of the time embedding; 0 without one
    };

    GroupNorm norm1, norm2;
    Conv2d conv1, conv2;
    std::optional<Linear> time_projection;
    std::optional<Linear> shortcut; // 1x1, where the channels change

    // x [N, in, H, W] to [N, out, H, W]. `time` [N, width] has been through its SiLU already; undefined without one.
    at::Tensor operator()(const at::Tensor &x, const at::Tensor &time = {}) const;
};

ResnetBlock load_resnet_block(const Weights &weights, const ResnetBlock::Shape &shape);

// A 1x1 convolution: `layer` over the channels of x [N, C, H, W].
at::Tensor over_channels(const Linear &layer, const at::Tensor &x);

} // namespace able::diffusion
