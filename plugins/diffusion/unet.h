// The network that denoises: diffusers' UNet2DConditionModel. Rombach et al. 2022.
#pragma once

#include "resnet_block.h"
#include "spatial_transformer.h"
#include "unet_config.h"
#include "weights.h"

#include <ablerefusal/job.h>

#include <optional>
#include <vector>

namespace able::diffusion {

class Unet {
public:
    static Unet load(const Weights &weights, const UnetConfig &config);

    const UnetConfig &config() const { return config_; }

    // What the prompt is to the network.
    struct Prompt {
        at::Tensor context; // [N, tokens, cross_attention_dim]
        at::Tensor added;   // [N, config().added->width]; undefined for networks without
    };
    // The network cut in two at one of its skip connections: Ma et al. 2024, "DeepCache", section 3.3.
    struct Branch {
        size_t skip = 0;     // below skip_count()
        at::Tensor features; // [N, C, h, w], what comes up from below to meet it
    };
    // What the network predicts, fp32, for x [N, in_channels, H, W], already scaled, at one timestep. H and W are free:
    // going up, each map takes the size of the one it meets. With `branch`, its features are what comes up from below,
    // and only what is above is computed; where they are undefined all is, and they are set. Throws ABLE_CANCELLED
    // between two blocks.
    at::Tensor operator()(const at::Tensor &x, double timestep, const Prompt &prompt, const able_job *job,
                          Branch *branch = nullptr) const;
    // The skip connections, in the order in which they are made: 0 is the first convolution's.
    size_t skip_count() const;

    // To be called when weights have changed: what is kept of prompts came from the old ones.
    void forget_prompts() { contexts_.clear(); }

private:
    struct Step {
        ResnetBlock resnet;
        std::optional<SpatialTransformer> attention;
    };
    struct Level {
        std::vector<Step> steps;
        std::optional<Conv2d> resample; // down: stride 2; up: after growing to the next size
    };

    at::Tensor embed(double timestep, const at::Tensor &added, int64_t batch) const;

    UnetConfig config_;
    at::ScalarType format_ = at::kFloat; // of the activations between the first and the last convolution
    Conv2d conv_in_, conv_out_;
    GroupNorm norm_out_;
    Linear time1_, time2_;
    Linear added1_, added2_; // undefined weights without config_.added
    std::vector<Level> down_, up_;
    std::vector<Step> mid_;
    mutable PromptContexts contexts_;
};

} // namespace able::diffusion
