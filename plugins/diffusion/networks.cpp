#include "networks.h"

#include "hardware.h"
#include "vae_choice.h"

#include <ablerefusal/glue.hpp>

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

void report_unread(const WeightStore &store, const able_job *job) {
    const std::vector<std::string> names = store.unread();
    if (names.empty()) {
        return;
    }
    const std::string line = "ignored " + std::to_string(names.size()) +
                             " tensors that a model of this kind does not have, the first is \"" + names.front() + "\"";
    job->log(job, ABLE_LOG_WARNING, line.c_str());
}

} // namespace

Networks load_networks(const able_source *source, const able_source *vae_source, const std::vector<TextFolders> &texts,
                       const Placement &placement, const able_job *job) {
    const UnetConfig unet_config = read_unet_config(source);
    const VaeConfig vae_config = choose_vae_config(source, vae_source);
    std::vector<TextConfig> text_configs;
    std::vector<std::string> components{"unet"};
    if (vae_source == nullptr) {
        components.emplace_back("vae");
    }
    for (const TextFolders &folders : texts) {
        text_configs.push_back(read_text_config(source, folders.encoder));
        components.push_back(folders.encoder);
    }
    check_channels(unet_config, vae_config, text_configs);
    NoiseSchedule schedule = read_noise_schedule(source);

    WeightStore store(source, job, torch_device(placement), std::move(components));
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
        stages.push_back(load_text_stage(source, store, texts[i], text_configs[i], torch_dtype(placement.text)));
    }
    auto denoiser = Unet::load(unet, unet_config);
    auto encoder = VaeEncoder::load(vae, vae_config);
    auto decoder = VaeDecoder::load(vae, vae_config);
    report_unread(store, job);
    if (vae_source != nullptr) {
        report_unread(other, job);
    }
    const uint64_t bytes = store.bytes() + other.bytes();
    return {std::move(stages),   std::move(denoiser),     vae_config, std::move(encoder), std::move(decoder),
            std::move(schedule), store.take_parameters(), bytes};
}

} // namespace able::diffusion
