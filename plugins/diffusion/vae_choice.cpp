#include "vae_choice.h"

#include "config_reader.h"
#include "model_signs.h"

#include <ablerefusal/glue.hpp>

#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

namespace able::diffusion {
namespace {

// Of the decoder's input; 0 if there is no decoder.
int64_t latent_channels(const able_source *source) {
    const able_view *view = source->tensor(source, "vae.decoder.conv_in.weight");
    return view != nullptr && view->ndim == 4 ? view->shape[1] : 0;
}

std::string plain(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", number);
    return text;
}

[[noreturn]] void refuse(const able_source *vae, const std::string &what, const std::string &own) {
    throw Error(ABLE_UNSUPPORTED, std::string("the autoencoder ") + (vae->name != nullptr ? vae->name : "") + " " +
                                      what + ", and this model's latents have " + own +
                                      "; it belongs to another family of models");
}

} // namespace

able_model_probe probe_vae(const able_source *source) {
    static constexpr const char *fills[] = {ABLE_ROLE_VAE};
    auto result = make_struct<able_model_probe>();
    const auto view = diffusers_view(source);
    const ModelSigns signs = read_signs(view->abi());
    const int64_t channels = latent_channels(view->abi());
    if (channels == 0) {
        result.why = "no autoencoder: there is no vae.decoder.conv_in.weight of rank 4";
    } else if (signs.channels != 0 || signs.text_width != 0 || signs.text_width_2 != 0) {
        result.why = "more than an autoencoder";
    } else if (channels != 4) {
        result.kind = ABLE_PROBE_COMPONENT;
        result.fills = fills;
        result.fill_count = 1;
        result.why = "an autoencoder whose latents do not have the 4 channels of Stable Diffusion 1, 2 and XL; it is "
                     "for another family of models";
    } else {
        result.score = 90;
        result.kind = ABLE_PROBE_COMPONENT;
        result.fills = fills;
        result.fill_count = 1;
        result.why = "an autoencoder of 4 channels, without a UNet and text encoders";
        if (view->abi()->tensor(view->abi(), "vae.encoder.conv_in.weight") == nullptr) {
            result.flags = ABLE_PROBE_DECODES_ONLY;
        }
    }
    return result;
}

std::unique_ptr<DiffusersView> chosen_vae(const able_load_request &request) {
    const able_source *chosen = nullptr;
    for (uint32_t i = 0; i < request.component_count; ++i) {
        const able_component &component = *request.components[i];
        if (i == 0 && std::string_view(component.role) == ABLE_ROLE_MODEL) {
            continue;
        }
        if (std::string_view(component.role) != ABLE_ROLE_VAE) {
            throw Error(ABLE_UNSUPPORTED, "this model takes no separate \"" + std::string(component.role) +
                                              "\", only a \"" ABLE_ROLE_VAE "\"");
        }
        chosen = component.source;
    }
    if (chosen == nullptr) {
        return nullptr;
    }
    auto view = diffusers_view(chosen);
    if (view->problem() != nullptr || latent_channels(view->abi()) == 0) {
        throw Error(ABLE_UNSUPPORTED, std::string(chosen->name != nullptr ? chosen->name : "the file") +
                                          " is no autoencoder: it has no decoder");
    }
    return view;
}

bool has_autoencoder(const able_source *source) {
    return latent_channels(source) != 0;
}

VaeConfig choose_vae_config(const able_source *source, const able_source *vae) {
    const VaeConfig own = read_vae_config(source);
    if (vae == nullptr) {
        return own;
    }
    const int64_t channels = latent_channels(vae);
    if (channels != own.latent_channels) {
        refuse(vae, "makes latents of " + std::to_string(channels) + " channels", std::to_string(own.latent_channels));
    }
    VaeConfig config = read_vae_config(vae);
    if (config.scale() != own.scale()) {
        refuse(vae, "makes a latent of " + std::to_string(config.scale()) + " pixels each way",
               std::to_string(own.scale()));
    }
    // A single file states none.
    const bool states = ConfigReader(vae, "vae/config.json").has("scaling_factor");
    if (states && std::abs(config.scaling_factor - own.scaling_factor) > 1e-6) {
        refuse(vae, "was trained for latents with the scaling_factor " + plain(config.scaling_factor),
               plain(own.scaling_factor));
    }
    config.scaling_factor = own.scaling_factor;
    return config;
}

} // namespace able::diffusion
