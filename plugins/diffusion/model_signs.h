// What the names and shapes of a source's tensors tell of the model in it.
#pragma once

#include <ablerefusal/pipeline.h>
#include <ablerefusal/source.h>

#include <cstdint>

namespace able::diffusion {

struct ModelSigns {
    bool folder = false; // or a checkpoint that is shown as one
    bool vae = false;
    bool encoder = false;        // of the autoencoder
    bool second_encoder = false; // there is any text_encoder_2
    int64_t channels = 0;        // that the UNet takes; 0 without a UNet
    int64_t text_width = 0;      // of the token embeddings of text_encoder; 0 without one
    int64_t text_width_2 = 0;    // of those of text_encoder_2
    int64_t pooled_width = 0;    // of text_encoder_2's projection
    int64_t added_width = 0;     // of what the UNet adds to the timestep; 0 if nothing
    int64_t cross_width = 0;     // of the prompts that the UNet attends to; 0 if it attends to none
    int32_t projection_rank = 0; // of the transformers' proj_in: 4 for convolutions, 2 for linear layers
};

// Throws nothing.
ModelSigns read_signs(const able_source *source);

// Why this is no model that has a UNet; null if it is one. A constant.
const char *objection_to_layout(const ModelSigns &signs);

// Sets what `probe` says of the model's autoencoder. Without one, the role, the last of `fills`, moves to `needs`;
// without an encoder, the flag ABLE_PROBE_DECODES_ONLY is set.
void describe_autoencoder(const ModelSigns &signs, able_model_probe &result);

// Pixels per latent, each way; 0 where the config cannot be read.
uint32_t latent_scale(const able_source *source);

// The width in pixels that the configs give, or `fallback` where they give none.
uint32_t default_size(const able_source *source, uint32_t fallback);

} // namespace able::diffusion
