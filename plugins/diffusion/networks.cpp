#include "networks.h"

#include "hardware.h"

#include <ablerefusal/glue.hpp>

#include <string>

namespace able::sd15 {
namespace {

using diffusion::torch_dtype;
using diffusion::Weights;

// Text encoders come with and without the wrapper `text_model`; targets of adapters are always named with it.
std::string text_prefix(const able_source *source) {
    const bool wrapped = source->tensor(source, "text_encoder.embeddings.token_embedding.weight") == nullptr;
    return wrapped ? "text_encoder.text_model" : "text_encoder";
}

void check_channels(const diffusion::UnetConfig &unet, const diffusion::VaeConfig &vae,
                    const diffusion::TextConfig &text) {
    if (unet.in_channels == 9) {
        throw Error(ABLE_UNSUPPORTED, "this is an inpainting model: its UNet takes 9 channels, the mask and the masked "
                                      "picture among them; only base models are supported");
    }
    if (unet.in_channels != vae.latent_channels || unet.out_channels != vae.latent_channels) {
        throw Error(ABLE_BAD_FILE, "unet/config.json: \"in_channels\" and \"out_channels\" must be the " +
                                       std::to_string(vae.latent_channels) +
                                       " of \"latent_channels\" in vae/config.json");
    }
    if (unet.cross_attention_dim != text.width) {
        throw Error(ABLE_BAD_FILE, "unet/config.json: \"cross_attention_dim\" is " +
                                       std::to_string(unet.cross_attention_dim) + ", and the text encoder's width is " +
                                       std::to_string(text.width) + "; they do not belong together");
    }
}

void report_unread(const diffusion::WeightStore &store, const able_job *job) {
    const std::vector<std::string> names = store.unread();
    if (names.empty()) {
        return;
    }
    const std::string line = "ignored " + std::to_string(names.size()) +
                             " tensors that a model of this kind does not have, the first is \"" + names.front() + "\"";
    job->log(job, ABLE_LOG_WARNING, line.c_str());
}

} // namespace

Networks load_networks(const able_source *source, const diffusion::Placement &placement, const able_job *job) {
    const diffusion::UnetConfig unet_config = diffusion::read_unet_config(source);
    const diffusion::VaeConfig vae_config = diffusion::read_vae_config(source);
    const diffusion::TextConfig text_config = diffusion::read_text_config(source, "text_encoder");
    check_channels(unet_config, vae_config, text_config);
    diffusion::NoiseSchedule schedule = diffusion::read_noise_schedule(source);
    diffusion::ClipTokenizer tokenizer(source, "tokenizer", text_config.vocabulary);

    diffusion::WeightStore store(source, job, torch_device(placement), {"text_encoder", "unet", "vae"});
    const at::ScalarType wide = torch_dtype(placement.wide);
    const at::ScalarType text_type = torch_dtype(placement.text);
    const at::ScalarType vae_type = torch_dtype(placement.vae);
    const at::ScalarType vae_wide = placement.device == diffusion::DeviceKind::cpu ? at::kFloat : vae_type;
    const Weights text(store, "text_encoder.text_model", text_prefix(source), {text_type, text_type}, true);
    const Weights unet(store, "unet", "unet", {torch_dtype(placement.weights), wide}, true);
    const Weights vae(store, "vae", "vae", {vae_type, vae_wide}, false);

    auto text_encoder = diffusion::ClipTextEncoder::load(text, text_config);
    auto denoiser = diffusion::Unet::load(unet, unet_config);
    auto encoder = diffusion::VaeEncoder::load(vae, vae_config);
    auto decoder = diffusion::VaeDecoder::load(vae, vae_config);
    report_unread(store, job);
    return {std::move(tokenizer), std::move(text_encoder), std::move(denoiser),     vae_config,   std::move(encoder),
            std::move(decoder),   std::move(schedule),     store.take_parameters(), store.bytes()};
}

} // namespace able::sd15
