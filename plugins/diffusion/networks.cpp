#include "networks.h"

#include "hardware.h"
#include "vae_choice.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <string>

namespace able::diffusion {
namespace {

void check_channels(const UnetConfig &unet, const VaeConfig &vae, const std::vector<TextConfig> &texts) {
    // An inpainting model is shown a mask and a masked picture's latents beside the latents.
    const bool inpaints = unet.in_channels == 2 * vae.latent_channels + 1;
    if ((unet.in_channels != vae.latent_channels && !inpaints) || unet.out_channels != vae.latent_channels) {
        throw Error(ABLE_BAD_FILE, "unet/config.json: \"in_channels\" must be the " +
                                       std::to_string(vae.latent_channels) +
                                       " of \"latent_channels\" in vae/config.json, or " +
                                       std::to_string(2 * vae.latent_channels + 1) +
                                       " for inpainting, and \"out_channels\" " + std::to_string(vae.latent_channels));
    }
    int64_t width = 0;
    for (const TextConfig &text : texts) {
        width += text.width;
        if (text.positions != texts.front().positions) {
            throw Error(ABLE_BAD_FILE,
                        "\"max_position_embeddings\" is not the same for all text encoders, whose outputs "
                        "lie side by side");
        }
    }
    if (unet.cross_attention_dim != width) {
        throw Error(ABLE_BAD_FILE, "unet/config.json: \"cross_attention_dim\" is " +
                                       std::to_string(unet.cross_attention_dim) +
                                       ", and the width of the prompt's encoding is " + std::to_string(width) +
                                       "; they do not belong together");
    }
}

struct Autoencoder {
    std::optional<VaeEncoder> encoder;
    VaeDecoder decoder;
};

Autoencoder load_autoencoder(const Weights &vae, const VaeConfig &config) {
    std::optional<VaeEncoder> encoder;
    if (vae.has("encoder.conv_in.weight")) {
        encoder = VaeEncoder::load(vae, config);
    } else if (vae.has("quant_conv.weight")) { // the encoder's end, which is of no use by itself
        vae.pointwise("quant_conv", 2 * config.latent_channels, 2 * config.latent_channels);
    }
    return {std::move(encoder), VaeDecoder::load(vae, config)};
}

struct Configs {
    UnetConfig unet;
    VaeConfig vae;
    std::vector<TextConfig> texts;
};

Configs read_configs(const able_source *source, const able_source *vae, const std::vector<TextFolders> &texts) {
    Configs configs{read_unet_config(source), choose_vae_config(source, vae), {}};
    for (const TextFolders &folders : texts) {
        configs.texts.push_back(read_text_config(source, folders.encoder));
    }
    check_channels(configs.unet, configs.vae, configs.texts);
    return configs;
}

std::vector<std::string> components_of(const std::vector<TextFolders> &texts, bool own_vae) {
    std::vector<std::string> components{"unet"};
    if (own_vae) {
        components.emplace_back("vae");
    }
    for (const TextFolders &folders : texts) {
        components.push_back(folders.encoder);
    }
    return components;
}

constexpr Weights::Formats no_formats{at::kFloat, at::kFloat};

} // namespace

Networks load_networks(const able_source *source, const able_source *vae_source, const std::vector<TextFolders> &texts,
                       const Placement &placement, const able_job *job) {
    if (vae_source == nullptr && !has_autoencoder(source)) {
        throw Error(ABLE_NOT_FOUND, "the model has no autoencoder of its own; load it with one beside it (a \"vae\")");
    }
    const Configs configs = read_configs(source, vae_source, texts);
    NoiseSchedule schedule = read_noise_schedule(source);

    WeightStore store(source, job, torch_device(placement), components_of(texts, vae_source == nullptr));
    const at::ScalarType vae_type = torch_dtype(placement.vae);
    const at::ScalarType vae_wide = placement.device == DeviceKind::cpu ? at::kFloat : vae_type;
    const Weights unet(store, "unet", "unet", {torch_dtype(placement.weights), torch_dtype(placement.wide)}, true);
    // Another autoencoder is small beside the rest, and its progress is not worth a second run to the whole.
    able_job quiet = *job;
    quiet.progress = [](const able_job *, uint64_t, uint64_t) noexcept {
    };
    WeightStore other(vae_source != nullptr ? vae_source : source, &quiet, torch_device(placement), {"vae"});
    const Weights vae(vae_source != nullptr ? other : store, "vae", "vae", {vae_type, vae_wide}, false);

    std::vector<TextStage> stages;
    for (size_t i = 0; i < texts.size(); ++i) {
        stages.push_back(load_text_stage(source, store, texts[i], configs.texts[i], torch_dtype(placement.text)));
    }
    auto denoiser = Unet::load(unet, configs.unet);
    Autoencoder autoencoder = load_autoencoder(vae, configs.vae);
    const uint64_t bytes = store.bytes() + other.bytes();
    return {std::move(stages),
            std::move(denoiser),
            configs.vae,
            std::move(autoencoder.encoder),
            std::move(autoencoder.decoder),
            std::move(schedule),
            store.take_parameters(),
            bytes,
            store.unread(),
            vae_source != nullptr ? other.unread() : std::vector<std::string>()};
}

std::vector<std::string> check_networks(const able_source *source, const able_source *vae_source,
                                        const std::vector<TextFolders> &texts, const able_job *job) {
    const Configs configs = read_configs(source, vae_source, texts);
    read_noise_schedule(source);
    const bool own_vae = vae_source == nullptr && has_autoencoder(source);
    WeightStore store(source, job, at::kMeta, components_of(texts, own_vae));
    for (size_t i = 0; i < texts.size(); ++i) {
        load_text_stage(source, store, texts[i], configs.texts[i], at::kFloat);
    }
    Unet::load({store, "unet", "unet", no_formats, false}, configs.unet);
    if (own_vae) {
        load_autoencoder({store, "vae", "vae", no_formats, false}, configs.vae);
    }
    return store.unread();
}

std::vector<std::string> check_autoencoder(const able_source *source, const able_job *job) {
    WeightStore store(source, job, at::kMeta, {"vae"});
    load_autoencoder({store, "vae", "vae", no_formats, false}, read_vae_config(source));
    return store.unread();
}

void refuse_unread(const std::vector<std::string> &unread) {
    if (unread.empty()) {
        return;
    }
    const auto is_scale = [](const std::string &name) {
        return name.ends_with("scale_weight") || name.ends_with("weight_scale") || name.ends_with("scale_input") ||
               name.ends_with("input_scale") || name.ends_with("scaled_fp8");
    };
    const bool scaled = std::any_of(unread.begin(), unread.end(), is_scale);
    const std::string count = std::to_string(unread.size());
    throw Error(ABLE_UNSUPPORTED,
                "it has " + (unread.size() == 1 ? "a tensor" : count + " tensors") +
                    " that a model of this kind does not use, " + (unread.size() == 1 ? "" : "the first is ") + "\"" +
                    unread.front() + "\"" +
                    (scaled ? "; its values are quantised with scales beside them, which are not read yet: use a file "
                              "of fp16, bf16 or plain float8 values"
                            : "; without them the pictures would not be the model's"));
}

} // namespace able::diffusion
