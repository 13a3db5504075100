#include "model.h"

#include "hardware.h"
#include "model_abi.h"
#include "picture.h"
#include "prediction.h"
#include "torch_guard.h"
#include "view_tensor.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

namespace able::sd15 {
namespace {

// The text of all segments, which must all be plain.
std::string plain_text(const able_text_request &request) {
    std::string text;
    for (uint32_t i = 0; i < request.segment_count; ++i) {
        const able_text_segment *segment = request.segments[i];
        if (segment == nullptr || segment->text == nullptr) {
            throw Error(ABLE_INVALID_ARGUMENT, "a piece of the prompt is missing");
        }
        if (segment->weight != 1.0) {
            throw Error(ABLE_UNSUPPORTED, "the prompt weighs \"" + std::string(segment->text) +
                                              "\"; this pipeline does not support weights other than 1");
        }
        text += segment->text;
    }
    return text;
}

} // namespace

std::unique_ptr<Model> Model::load(const able_source *source, const able_load_options &options, const able_job *job) {
    const diffusion::Placement placement =
        diffusion::choose_placement(diffusion::detect_hardware(), options.device != nullptr ? options.device : "",
                                    options.dtype != nullptr ? options.dtype : "");
    const int threads = diffusion::thread_count(options.threads);
    at::set_num_threads(threads);
    diffusion::make_reproducible(placement);
    Networks networks = load_networks(source, placement, job);
    return std::make_unique<Model>(Key{}, source, std::move(networks), placement, threads);
}

Model::Model(Key, const able_source *source, Networks networks, const diffusion::Placement &placement, int threads)
    : placement_(placement), networks_(std::move(networks)), ops_(torch_device(placement)),
      adapters_(source, std::move(networks_.parameters), "sd1"), threads_(threads), device_(device_name(placement)),
      info_(make_struct<able_model_info>()), abi_(make_struct<able_model>()) {
    describe();
    connect(abi_, *this);
    abi_.info = &info_;
    abi_.ops = ops_.abi();
    abi_.targets = adapters_.targets();
    abi_.device = device_.c_str();
    abi_.dtype = dtype_name(placement_.weights);
}

void Model::describe() {
    const std::span<const double> sigmas = networks_.schedule.table.values();
    const auto scale = static_cast<uint32_t>(networks_.vae_config.scale());
    const auto size = static_cast<uint32_t>(networks_.unet.config().sample_size) * scale;
    info_.prediction = networks_.schedule.prediction;
    info_.family = "sd1";
    info_.variant = "base";
    info_.sigmas = sigmas.data();
    info_.sigma_count = static_cast<uint32_t>(sigmas.size());
    info_.sigma_min = sigmas.front();
    info_.sigma_max = sigmas.back();
    info_.latent_channels = static_cast<uint32_t>(networks_.vae_config.latent_channels);
    info_.scale_factor = scale;
    info_.default_width = info_.default_height = size;
    info_.size_multiple = scale;
}

void Model::set_adapters(std::span<const able_adapter_use *const> uses, const able_job *job) {
    adapters_.set(uses, job);
}

std::unique_ptr<able_conditioning> Model::encode_text(const able_text_request &request, const able_job *job) {
    const diffusion::TextConfig &config = networks_.text.config();
    const int64_t skip = std::max<int64_t>(request.clip_skip, 1);
    if (skip > config.layers) {
        throw Error(ABLE_INVALID_ARGUMENT, "clip_skip is " + std::to_string(skip) + "; this text encoder has " +
                                               std::to_string(config.layers) + " layers");
    }
    const auto length = static_cast<size_t>(config.positions);
    std::vector<uint32_t> ids = networks_.tokenizer.encode(plain_text(request));
    if (ids.size() > length - 2) {
        const std::string line = "the prompt is " + std::to_string(ids.size()) + " tokens long; the last " +
                                 std::to_string(ids.size() - (length - 2)) + " were cut";
        job->log(job, ABLE_LOG_WARNING, line.c_str());
        ids.resize(length - 2);
    }
    const std::vector<uint32_t> row = networks_.tokenizer.framed(ids, length);
    const std::vector<int64_t> wide(row.begin(), row.end());
    const at::Tensor tokens = at::tensor(wide, at::kLong).unsqueeze(0).to(torch_device(placement_));
    const at::Tensor context = networks_.text(tokens, skip - 1, job).to(at::kFloat);
    return std::make_unique<able_conditioning>(context);
}

diffusion::TensorHandle Model::encode_image(const able_image &image, const able_tensor *noise,
                                            const able_job *job) const {
    const at::Tensor pixels = diffusion::from_picture(image, networks_.vae_config.scale());
    const diffusion::Posterior posterior = networks_.encoder(pixels, job);
    at::Tensor latents = posterior.mean;
    if (noise != nullptr) {
        if (noise->value.sizes() != latents.sizes()) {
            throw Error(ABLE_INVALID_ARGUMENT, "the noise must have the latents' shape " +
                                                   diffusion::shape_text(latents.sizes()) + ", and has " +
                                                   diffusion::shape_text(noise->value.sizes()));
        }
        latents = latents + (posterior.log_variance * 0.5).exp() * noise->value;
    }
    return diffusion::make_tensor((latents * networks_.vae_config.scaling_factor).contiguous());
}

void Model::denoise(const able_tensor &x, double sigma, std::span<const able_conditioning *const> conditionings,
                    std::span<able_tensor *const> outs, const able_job *job) const {
    const at::Tensor &latents = x.value;
    if (latents.dim() != 4 || latents.size(1) != networks_.vae_config.latent_channels || latents.numel() == 0) {
        throw Error(ABLE_INVALID_ARGUMENT,
                    "latents of the shape " + diffusion::shape_text(latents.sizes()) + " are not [batch, " +
                        std::to_string(networks_.vae_config.latent_channels) + ", height, width]");
    }
    if (!(sigma > 0) || !std::isfinite(sigma)) {
        throw Error(ABLE_INVALID_ARGUMENT, "sigma must be above 0");
    }
    const int64_t samples = latents.size(0);
    std::vector<at::Tensor> contexts;
    for (size_t k = 0; k < conditionings.size(); ++k) {
        if (outs[k]->value.sizes() != latents.sizes()) {
            throw Error(ABLE_INVALID_ARGUMENT, "an output has another shape than the latents");
        }
        contexts.push_back(conditionings[k]->context.value.expand({samples, -1, -1}));
    }
    const auto count = static_cast<int64_t>(contexts.size());
    const at::Tensor input = (latents * diffusion::input_scale(sigma)).repeat({count, 1, 1, 1});
    const double timestep = networks_.schedule.table.timestep(sigma);
    const at::Tensor output = networks_.unet(input, timestep, at::cat(contexts), job);
    for (int64_t k = 0; k < count; ++k) {
        const at::Tensor own = output.narrow(0, k * samples, samples);
        // By way of a copy: an output may be x itself.
        contexts[static_cast<size_t>(k)] = diffusion::denoised(networks_.schedule.prediction, latents, own, sigma);
    }
    for (size_t k = 0; k < outs.size(); ++k) {
        outs[k]->value.copy_(contexts[k]);
    }
}

at::Tensor Model::sample_of(const able_tensor &latents, uint32_t index) const {
    const at::Tensor &all = latents.value;
    if (all.dim() != 4 || all.size(1) != networks_.vae_config.latent_channels || index >= all.size(0)) {
        throw Error(ABLE_INVALID_ARGUMENT, "latents of the shape " + diffusion::shape_text(all.sizes()) +
                                               " have no sample " + std::to_string(index));
    }
    return all[index];
}

void Model::decode(const able_tensor &latents, uint32_t index, able_image &image, const able_job *job) const {
    const at::Tensor z = sample_of(latents, index).unsqueeze(0) / networks_.vae_config.scaling_factor;
    diffusion::to_picture(networks_.decoder(z, job)[0], image);
}

void Model::preview(const able_tensor &denoised, uint32_t index, able_image &image) const {
    diffusion::to_preview(sample_of(denoised, index), image);
}

std::vector<uint32_t> Model::tokenize(uint32_t encoder, const char *text) {
    if (encoder != 0) {
        throw Error(ABLE_INVALID_ARGUMENT, "this model has one text encoder, number 0");
    }
    const auto length = static_cast<size_t>(networks_.text.config().positions);
    return networks_.tokenizer.framed(networks_.tokenizer.encode(text), length);
}

uint64_t Model::memory(uint32_t width, uint32_t height, uint32_t batch) const {
    // Measured, not derived. The decoder peaks where its last level takes over the wider maps of the one before: three
    // of those in fp32. The UNet needs some thirty maps of its first level for each conditioning, and the scores of
    // attention, which are bounded.
    const uint64_t pixels = uint64_t{width} * height;
    const auto scale = static_cast<uint64_t>(networks_.vae_config.scale());
    const std::vector<int64_t> &channels = networks_.vae_config.channels;
    const auto vae_channels = static_cast<uint64_t>(channels[channels.size() > 1 ? 1 : 0]);
    const auto unet_channels = static_cast<uint64_t>(networks_.unet.config().levels.front().channels);
    const uint64_t decoder = 3 * pixels * vae_channels * sizeof(float);
    const uint64_t scores = uint64_t{192} << 20;
    const uint64_t unet = 32 * pixels / (scale * scale) * unet_channels * sizeof(float) * batch + scores;
    return networks_.bytes + (pixels == 0 ? 0 : std::max(decoder, unet));
}

} // namespace able::sd15
