#include "probe.h"

#include "model_signs.h"

#include <ablerefusal/glue.hpp>

#include <iterator>

namespace able::sd15 {
namespace {

// The reason why this is not ours; null if it is.
const char *objection(const diffusion::ModelSigns &signs) {
    if (const char *why = diffusion::objection_to_layout(signs)) {
        return why;
    }
    if (signs.second_encoder || signs.added_width != 0) {
        return "Stable Diffusion XL: it has a second text encoder or embeds the picture's size";
    }
    if (signs.text_width == 0) {
        return "no CLIP text encoder: there is no token embedding";
    }
    if (signs.cross_width != 0 && signs.cross_width != signs.text_width) {
        return "the UNet attends to prompts of another width than the text encoder makes";
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
    const bool inpaint = signs.channels == 9;
    const bool second = signs.projection_rank == 2;
    static constexpr const char *fills[] = {ABLE_ROLE_MODEL, "unet", "text_encoder", ABLE_ROLE_VAE};
    result.score = 90;
    result.kind = ABLE_PROBE_MODEL;
    result.fills = fills;
    result.fill_count = std::size(fills);
    diffusion::describe_autoencoder(signs, result);
    result.family = second ? "sd2" : "sd1";
    result.family_name = second ? "Stable Diffusion 2" : "Stable Diffusion 1";
    result.size_multiple = result.scale_factor = diffusion::latent_scale(source);
    result.latent_channels = 4;
    result.variant = inpaint ? "inpaint" : "base";
    if (second) {
        result.why = inpaint
                         ? "a UNet of 9 channels with linear layers around its transformers, and one CLIP text encoder"
                         : "a UNet of 4 channels with linear layers around its transformers, and one CLIP text encoder";
    } else {
        result.why = inpaint
                         ? "a UNet of 9 channels with convolutions around its transformers, and one CLIP text encoder"
                         : "a UNet of 4 channels with convolutions around its transformers, and one CLIP text encoder";
    }
    result.default_width = result.default_height = diffusion::default_size(source, second ? 768 : 512);
    return result;
}

} // namespace able::sd15
