#include "model_signs.h"

#include "unet_config.h"
#include "vae_config.h"

#include <ablerefusal/glue.hpp>

#include <string>
#include <string_view>

namespace able::diffusion {
namespace {

// Extent `dimension` of the tensor called `name`; 0 if there is none of that rank.
int64_t extent(const able_source *source, const std::string &name, int32_t rank, int32_t dimension) {
    const able_view *view = source->tensor(source, name.c_str());
    return view != nullptr && view->ndim == rank ? view->shape[dimension] : 0;
}

int64_t token_width(const able_source *source, const std::string &component) {
    const int64_t wrapped = extent(source, component + ".text_model.embeddings.token_embedding.weight", 2, 1);
    return wrapped != 0 ? wrapped : extent(source, component + ".embeddings.token_embedding.weight", 2, 1);
}

} // namespace

ModelSigns read_signs(const able_source *source) {
    ModelSigns signs;
    signs.folder = source->kind == ABLE_SOURCE_FOLDER;
    signs.channels = extent(source, "unet.conv_in.weight", 4, 1);
    signs.text_width = token_width(source, "text_encoder");
    signs.text_width_2 = token_width(source, "text_encoder_2");
    signs.pooled_width = extent(source, "text_encoder_2.text_projection.weight", 2, 0);
    signs.added_width = extent(source, "unet.add_embedding.linear_1.weight", 2, 1);
    for (uint64_t i = 0; const char *raw = source->tensor_name(source, i); ++i) {
        const std::string_view name(raw);
        signs.second_encoder |= name.starts_with("text_encoder_2.");
        signs.vae |= name.starts_with("vae.decoder.");
        signs.encoder |= name.starts_with("vae.encoder.");
        const bool to_k = name.ends_with(".attn2.to_k.weight");
        const bool proj_in = name.ends_with(".proj_in.weight");
        const able_view *view = name.starts_with("unet.") && (to_k || proj_in) ? source->tensor(source, raw) : nullptr;
        if (view != nullptr && proj_in) {
            signs.projection_rank = view->ndim;
        }
        if (view != nullptr && to_k && view->ndim == 2) {
            signs.cross_width = view->shape[1];
        }
    }
    return signs;
}

const char *objection_to_layout(const ModelSigns &signs) {
    if (!signs.folder) {
        return "a single file without a UNet, an autoencoder or a text encoder; not a model";
    }
    if (signs.channels == 0) {
        return "no UNet: there is no unet.conv_in.weight of rank 4";
    }
    if (signs.channels != 4 && signs.channels != 9) {
        return "the UNet takes neither 4 nor 9 channels";
    }
    return nullptr;
}

void describe_autoencoder(const ModelSigns &signs, able_model_probe &result) {
    static constexpr const char *needs[] = {ABLE_ROLE_VAE};
    if (signs.vae) {
        result.flags |= signs.encoder ? 0U : static_cast<uint32_t>(ABLE_PROBE_DECODES_ONLY);
        return;
    }
    --result.fill_count;
    result.needs = needs;
    result.need_count = 1;
}

uint32_t latent_scale(const able_source *source) {
    try {
        return static_cast<uint32_t>(read_vae_config(source).scale());
    } catch (const Error &) {
        return 0;
    }
}

uint32_t default_size(const able_source *source, uint32_t fallback) {
    try {
        const int64_t latents = read_unet_config(source).sample_size;
        return static_cast<uint32_t>(latents * read_vae_config(source).scale());
    } catch (const Error &) {
        return fallback;
    }
}

} // namespace able::diffusion
