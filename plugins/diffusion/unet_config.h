// unet/config.json of a UNet2DConditionModel.
#pragma once

#include <ablerefusal/source.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace able::diffusion {

struct UnetConfig {
    int64_t in_channels = 4;
    int64_t out_channels = 4;
    int64_t sample_size = 64; // latents each way it was trained on
    int64_t cross_attention_dim = 0;
    int64_t norm_groups = 32;
    double norm_eps = 1e-5;
    bool linear_projection = false; // else the transformers' projections are 1x1 convolutions
    bool flip_sin_to_cos = true;
    double freq_shift = 0;
    bool upcast_attention = false;

    // What SDXL adds to the timestep ("text_time"): the pooled prompt and a few numbers, each as sines and cosines.
    // Podell et al. 2023, section 2.2.
    struct Added {
        int64_t number_width = 0; // of each number's sines and cosines
        int64_t width = 0;        // of all of it
    };
    std::optional<Added> added;

    // From the finest level to the coarsest.
    struct Level {
        int64_t channels = 0;
        int64_t resnets = 0; // going down; going up has one more
        int64_t transformer_depth = 0;
        int64_t heads = 0;
        bool attention_down = false;
        bool attention_up = false;
    };
    std::vector<Level> levels;

    int64_t time_channels() const { return 4 * levels.front().channels; }
};

// Throws able::Error naming the file, the field and the value it cannot work with.
UnetConfig read_unet_config(const able_source *source);

} // namespace able::diffusion
