// What an autoencoder in a checkpoint is built like, as far as its tensors tell.
#pragma once

#include "source_shapes.h"

#include <cstdint>
#include <vector>

namespace able::diffusion {

struct VaeShape {
    std::vector<int64_t> channels; // of the levels, from the finest to the coarsest
    int64_t resnets = 0;           // of an encoder's level; a decoder's has one more
    int64_t latent_channels = 0;
    bool quant_conv = false;
    bool post_quant_conv = false;
    bool middle_attention = false;
};

// `shapes` at the autoencoder's prefix; it has a decoder.conv_in.weight.
VaeShape read_vae_shape(const SourceShapes &shapes);
// The same of one that has diffusers' names.
VaeShape read_named_vae_shape(const SourceShapes &shapes);

} // namespace able::diffusion
