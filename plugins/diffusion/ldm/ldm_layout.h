// Which networks a checkpoint in one file holds, where, and what they are built like.
//
// Prefixes and families as in diffusers/loaders/single_file_utils.py and ComfyUI's model detection.
#pragma once

#include "families.h"
#include "unet_shape.h"
#include "vae_shape.h"

#include <ablerefusal/source.h>

#include <optional>
#include <string>
#include <vector>

namespace able::diffusion {

struct TextShape {
    std::string prefix;    // in the file
    std::string component; // in the diffusers layout: "text_encoder", "text_encoder_2"
    bool open_clip = false;
    int64_t vocabulary = 0;
    int64_t positions = 0;
    int64_t width = 0;
    int64_t mlp_width = 0;
    int64_t layers = 0;     // that are used
    int64_t projection = 0; // width of the pooled prompt's projection; 0: none
};

// The folder of its tokenizer: "tokenizer", "tokenizer_2".
inline std::string tokenizer_of(const TextShape &text) {
    return text.component == "text_encoder" ? "tokenizer" : "tokenizer_2";
}

enum class LdmPrediction : uint8_t { epsilon, v };

struct LdmLayout {
    std::optional<std::string> unet_prefix, vae_prefix;
    bool vae_named = false; // an autoencoder alone that has diffusers' names already
    UnetShape unet;         // if there is a prefix for it
    VaeShape vae;           // likewise
    std::vector<TextShape> texts;
    LdmPrediction prediction = LdmPrediction::epsilon;
    bool zero_terminal_snr = false;
    double beta_start = 0.00085, beta_end = 0.012; // of the noise that was trained on; of all but a few models these
    int64_t timesteps = 1000;
    double scale_factor = 0;       // of the latents; 0: the family's own
    const char *problem = nullptr; // constant text: why the file cannot be shown in the diffusers layout

    bool any() const { return unet_prefix || vae_prefix || !texts.empty(); }
    bool is_xl() const { return unet_prefix && unet.added_width != 0; }
};

LdmLayout read_ldm_layout(const able_source *source);

// What the UNet's family says of single files. Null if there is no UNet, or one of no family.
const families::SingleFile *single_file(const LdmLayout &layout);

} // namespace able::diffusion
