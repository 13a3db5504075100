#include "probe.h"

#include "model_signs.h"

#include <ablerefusal/glue.hpp>

#include <iterator>

namespace able::sdxl {
namespace {

// The reason why this is not ours; null if it is.
const char *objection(const diffusion::ModelSigns &signs) {
    if (const char *why = diffusion::objection_to_layout(signs)) {
        return why;
    }
    if (signs.added_width == 0) {
        return "the UNet does not embed the picture's size";
    }
    if (signs.text_width_2 == 0 || signs.pooled_width == 0) {
        return "Stable Diffusion XL without its second text encoder, OpenCLIP ViT-bigG (conditioner.embedders.1, "
               "text_encoder_2), or without that one's text_projection; use a file that has both encoders";
    }
    if (signs.added_width <= signs.pooled_width) {
        return "the UNet embeds less than the second text encoder's pooled prompt";
    }
    if (signs.text_width == 0 && signs.cross_width > signs.text_width_2) {
        return "Stable Diffusion XL without its first text encoder, CLIP ViT-L (conditioner.embedders.0, "
               "text_encoder); use a file that has both encoders";
    }
    if (signs.cross_width != 0 && signs.cross_width != signs.text_width + signs.text_width_2) {
        return "the UNet attends to prompts of another width than the text encoders make";
    }
    return nullptr;
}

} // namespace

able_model_probe probe(const able_source *source) {
    auto result = make_struct<able_model_probe>();
    const diffusion::ModelSigns signs = diffusion::read_signs(source);
    result.why = objection(signs);
    if (result.why != nullptr) {
        return result;
    }
    static constexpr const char *fills[] = {ABLE_ROLE_MODEL, "unet", "text_encoder", "text_encoder_2", ABLE_ROLE_VAE};
    result.score = 90;
    result.kind = ABLE_PROBE_MODEL;
    result.fills = fills;
    result.fill_count = std::size(fills);
    diffusion::describe_autoencoder(signs, result);
    result.family = "sdxl";
    result.family_name = "Stable Diffusion XL";
    result.size_multiple = result.scale_factor = diffusion::latent_scale(source);
    result.latent_channels = 4;
    result.default_width = result.default_height = diffusion::default_size(source, 1024);
    if (signs.channels == 9) {
        result.variant = "inpaint";
        result.why = "a UNet of 9 channels that embeds the picture's size, and two CLIP text encoders";
        return result;
    }
    // How many numbers the UNet embeds is not in the shapes alone; that the refiner lacks the first encoder is.
    const bool refiner = signs.text_width == 0;
    result.variant = refiner ? "refiner" : "base";
    result.why = refiner ? "a UNet of 4 channels that embeds the picture's size, and the second CLIP text encoder alone"
                         : "a UNet of 4 channels that embeds the picture's size, and two CLIP text encoders";
    return result;
}

} // namespace able::sdxl
