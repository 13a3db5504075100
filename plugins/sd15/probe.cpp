#include "probe.h"

#include "unet_config.h"
#include "vae_config.h"

#include <ablerefusal/glue.hpp>

#include <cstdint>
#include <string_view>

namespace able::sd15 {
namespace {

// What the names and shapes of a source tell.
struct Signs {
    bool text_encoder_2 = false;
    bool added_embedding = false; // SDXL's sizes and pooled prompt
    bool vae = false;
    bool checkpoint = false;     // one file in the first release's layout
    int32_t projection_rank = 0; // of the transformers' proj_in; 0 if there is none
    int64_t cross_width = 0;     // 0 if there is none
};

Signs read_signs(const able_source *source) {
    Signs signs;
    for (uint64_t i = 0; const char *raw = source->tensor_name(source, i); ++i) {
        const std::string_view name(raw);
        signs.text_encoder_2 |= name.starts_with("text_encoder_2.");
        signs.vae |= name.starts_with("vae.decoder.");
        signs.checkpoint |= name.starts_with("model.diffusion_model.");
        if (!name.starts_with("unet.")) {
            continue;
        }
        signs.added_embedding |= name.starts_with("unet.add_embedding.");
        const able_view *view = source->tensor(source, raw);
        if (view != nullptr && name.ends_with(".proj_in.weight")) {
            signs.projection_rank = view->ndim;
        }
        if (view != nullptr && name.ends_with(".attn2.to_k.weight") && view->ndim == 2) {
            signs.cross_width = view->shape[1];
        }
    }
    return signs;
}

int64_t text_width(const able_source *source) {
    for (const char *name : {"text_encoder.text_model.embeddings.token_embedding.weight",
                             "text_encoder.embeddings.token_embedding.weight"}) {
        const able_view *view = source->tensor(source, name);
        if (view != nullptr && view->ndim == 2) {
            return view->shape[1];
        }
    }
    return 0;
}

// The reason why this is not ours; null if it is.
const char *objection(const able_source *source, const Signs &signs, const able_view *conv_in) {
    if (source->kind != ABLE_SOURCE_FOLDER) {
        return signs.checkpoint ? "a checkpoint in a single file; this version needs a folder in the diffusers layout"
                                : "a single file without a UNet; not a model";
    }
    if (conv_in == nullptr || conv_in->ndim != 4) {
        return "no UNet: there is no unet.conv_in.weight of rank 4";
    }
    if (signs.text_encoder_2 || signs.added_embedding) {
        return "Stable Diffusion XL: it has a second text encoder or embeds the picture's size";
    }
    if (!signs.vae) {
        return "no autoencoder: there is no vae.decoder";
    }
    const int64_t width = text_width(source);
    if (width == 0) {
        return "no CLIP text encoder: there is no token embedding";
    }
    if (signs.projection_rank == 2) {
        return "Stable Diffusion 2: its transformers project linearly";
    }
    if (signs.cross_width != 0 && signs.cross_width != width) {
        return "the UNet attends to prompts of another width than the text encoder makes";
    }
    if (conv_in->shape[1] != 4 && conv_in->shape[1] != 9) {
        return "the UNet takes neither 4 nor 9 channels";
    }
    return nullptr;
}

// The size it was trained at, if the configs tell.
uint32_t default_size(const able_source *source) {
    try {
        const int64_t latents = diffusion::read_unet_config(source).sample_size;
        return static_cast<uint32_t>(latents * diffusion::read_vae_config(source).scale());
    } catch (const Error &) {
        return 512;
    }
}

} // namespace

able_probe probe(const able_source *source) {
    auto result = make_struct<able_probe>();
    const able_view *conv_in = source->tensor(source, "unet.conv_in.weight");
    result.why = objection(source, read_signs(source), conv_in);
    if (result.why != nullptr) {
        return result;
    }
    const bool inpaint = conv_in->shape[1] == 9;
    result.score = 90;
    result.family = "sd1";
    result.variant = inpaint ? "inpaint" : "base";
    result.why = inpaint ? "a UNet of 9 channels with convolutions around its transformers, and one CLIP text encoder"
                         : "a UNet of 4 channels with convolutions around its transformers, and one CLIP text encoder";
    result.default_width = result.default_height = default_size(source);
    return result;
}

} // namespace able::sd15
