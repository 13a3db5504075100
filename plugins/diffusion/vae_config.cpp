#include "vae_config.h"

#include "config_reader.h"

#include <string>

namespace able::diffusion {
namespace {

constexpr IntegerRange vae_channels{1, 65536};

void only_blocks(const ConfigReader &config, const char *key, size_t count, const std::string &type) {
    for (const std::string &block : config.strings(key, count)) {
        if (block != type) {
            config.unsupported(key, "only \"" + type + "\" blocks are supported");
        }
    }
}

// A model that is to be used with another's autoencoder.
bool lacks_autoencoder(const able_source *source) {
    return source->text(source, "vae/config.json", nullptr) == nullptr &&
           source->text(source, "unet/config.json", nullptr) != nullptr &&
           source->tensor(source, "vae.decoder.conv_in.weight") == nullptr;
}

VaeConfig usual_config(const able_source *source) {
    const ConfigReader unet(source, "unet/config.json");
    VaeConfig vae;
    vae.channels = {128, 256, 512, 512};
    vae.scaling_factor = unet.has("addition_embed_type") ? 0.13025 : 0.18215;
    return vae;
}

} // namespace

VaeConfig read_vae_config(const able_source *source) {
    if (lacks_autoencoder(source)) {
        return usual_config(source);
    }
    const ConfigReader config(source, "vae/config.json");
    config.only("in_channels", {"3"});
    config.only("out_channels", {"3"});
    config.only("act_fn", {R"("silu")", R"("swish")"});
    config.only("shift_factor", {"0"});
    config.only("latents_mean", {});
    config.only("latents_std", {});

    VaeConfig vae;
    vae.channels = config.integers("block_out_channels", vae_channels);
    const size_t count = vae.channels.size();
    if (count > 8) {
        config.bad("block_out_channels", "at most 8 levels are supported");
    }
    only_blocks(config, "down_block_types", count, "DownEncoderBlock2D");
    only_blocks(config, "up_block_types", count, "UpDecoderBlock2D");
    vae.resnets = config.integer("layers_per_block", 1, {1, 64});
    vae.latent_channels = config.integer("latent_channels", 4, vae_channels);
    vae.norm_groups = config.integer("norm_num_groups", 32, vae_channels);
    vae.scaling_factor = config.number("scaling_factor", 0.18215);
    vae.quant_conv = config.boolean("use_quant_conv", true);
    vae.post_quant_conv = config.boolean("use_post_quant_conv", true);
    vae.mid_attention = config.boolean("mid_block_add_attention", true);

    for (const int64_t channels : vae.channels) {
        if (channels % vae.norm_groups != 0) {
            config.bad("norm_num_groups", "it must divide every level's channels");
        }
    }
    if (!(vae.scaling_factor > 0)) {
        config.bad("scaling_factor", "it must be above 0");
    }
    return vae;
}

} // namespace able::diffusion
