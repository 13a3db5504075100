// vae/config.json of an AutoencoderKL.
#pragma once

#include <ablerefusal/source.h>

#include <cstdint>
#include <vector>

namespace able::diffusion {

struct VaeConfig {
    std::vector<int64_t> channels; // of the levels, from the finest to the coarsest
    int64_t resnets = 2;           // of each encoder level; a decoder level has one more
    int64_t latent_channels = 4;
    int64_t norm_groups = 32;
    double scaling_factor = 0.18215; // latents = scaling_factor * what the encoder gives
    bool quant_conv = true;
    bool post_quant_conv = true;
    bool mid_attention = true;

    int64_t scale() const { return int64_t{1} << (channels.size() - 1); } // pixels per latent, each way
};

// Without any autoencoder, the one that the model's latents were made for: 8 pixels and 4 channels each, in the scale
// of Stable Diffusion 1 and 2 or, by unet/config.json, of XL. Throws able::Error naming the file, the field and the
// value it cannot work with.
VaeConfig read_vae_config(const able_source *source);

} // namespace able::diffusion
