// The autoencoder between pictures and latents: diffusers' AutoencoderKL. Rombach et al. 2022, appendix G.
#pragma once

#include "resnet_block.h"
#include "vae_config.h"
#include "weights.h"

#include <ablerefusal/job.h>

#include <optional>
#include <vector>

namespace able::diffusion {

// Attention among a feature map's pixels, one head.
struct PixelAttention {
    GroupNorm norm;
    Linear to_q, to_k, to_v, to_out;

    at::Tensor operator()(const at::Tensor &x) const;
};

// The middle of encoder and decoder: residual block, attention, residual block.
struct VaeMiddle {
    ResnetBlock first, second;
    std::optional<PixelAttention> attention;

    at::Tensor operator()(const at::Tensor &x) const;
};

struct VaeLevel {
    std::vector<ResnetBlock> resnets;
    std::optional<Conv2d> resample;
};

struct Posterior {
    at::Tensor mean, log_variance; // [N, latent_channels, h, w], fp32, the latter clamped to [-30, 20]
};

class VaeEncoder {
public:
    static VaeEncoder load(const Weights &weights, const VaeConfig &config);

    // pixels [N, 3, H, W] in [-1, 1], H and W multiples of the config's scale. Throws ABLE_CANCELLED between blocks.
    Posterior operator()(const at::Tensor &pixels, const able_job *job) const;
    // The same but for rounding, for N = 1, with less memory: a strip of rows at a time, of `strip_elements` values or
    // 16 rows; 0: of as many as suit the device.
    Posterior in_strips(const at::Tensor &pixels, const able_job *job, int64_t strip_elements = 0) const;

private:
    Posterior finish(const at::Tensor &x, const able_job *job) const;

    Conv2d conv_in_, conv_out_;
    std::vector<VaeLevel> levels_;
    VaeMiddle middle_;
    GroupNorm norm_out_;
    std::optional<Linear> quant_;
};

class VaeDecoder {
public:
    static VaeDecoder load(const Weights &weights, const VaeConfig &config);

    // z [N, latent_channels, h, w], latents over scaling_factor, to pixels [N, 3, H, W], fp32, about [-1, 1].
    // Throws ABLE_CANCELLED between blocks.
    at::Tensor operator()(const at::Tensor &z, const able_job *job) const;
    // As VaeEncoder::in_strips.
    at::Tensor in_strips(const at::Tensor &z, const able_job *job, int64_t strip_elements = 0) const;

private:
    at::Tensor start(const at::Tensor &z) const;

    std::optional<Linear> post_quant_;
    Conv2d conv_in_, conv_out_;
    VaeMiddle middle_;
    std::vector<VaeLevel> levels_;
    GroupNorm norm_out_;
};

} // namespace able::diffusion
