#include "model.h"

#include "cpu_ops.h"
#include "hardware.h"
#include "inputs.h"
#include "learned_words.h"
#include "load_params.h"
#include "model_abi.h"
#include "picture.h"
#include "prediction.h"
#include "preview.h"
#include "tokenize.h"
#include "torch_guard.h"
#include "vae_choice.h"
#include "view_tensor.h"

#include <ATen/Parallel.h>
#include <ablerefusal/deep_cache.h>
#include <ablerefusal/inpaint.h>

#include <algorithm>
#include <cmath>

namespace able::diffusion {
namespace {

// The numbers of the conditionings, those with as many tokens together: only those fit into one batch.
std::vector<std::vector<size_t>> of_one_length(std::span<const able_conditioning *const> conditionings) {
    std::vector<std::vector<size_t>> groups;
    const auto length = [&](size_t k) {
        return conditionings[k]->context.value.size(1);
    };
    for (size_t k = 0; k < conditionings.size(); ++k) {
        const auto group = std::find_if(groups.begin(), groups.end(),
                                        [&](const std::vector<size_t> &g) { return length(g.front()) == length(k); });
        (group == groups.end() ? groups.emplace_back() : *group).push_back(k);
    }
    return groups;
}

Placement placement_of(const able_load_request &request) {
    if (request.offload == ABLE_OFFLOAD_ON) {
        throw Error(ABLE_UNSUPPORTED, "this pipeline keeps all of a model on its device; load it without offloading");
    }
    return choose_placement(detect_hardware(), request.device != nullptr ? request.device : "",
                            request.dtype != nullptr ? request.dtype : "");
}

// Warns of settings that work, but not as well as the user may expect.
void warn(const DiffusersView &view, const Placement &placement, const able_job *job) {
    if (view.note() != nullptr) {
        job->log(job, ABLE_LOG_WARNING, view.note());
    }
    if (placement.device == DeviceKind::cpu && placement.weights == Dtype::bf16 && !detect_hardware().cpu_bf16) {
        job->log(job, ABLE_LOG_WARNING,
                 "this processor has no arithmetic for bf16: it takes half the memory of fp32 and more time; set "
                 "inference.dtype to auto or fp32 unless memory is short");
    }
}

} // namespace

able_memory Model::estimate(const able_source *source, const Family &family, const able_load_request &request,
                            const PictureSize &size) {
    const Placement placement = placement_of(request);
    const auto vae = chosen_vae(request);
    const able_source *vae_source = vae != nullptr ? vae->abi() : nullptr;
    able_memory memory = working_memory(read_unet_config(source), choose_vae_config(source, vae_source),
                                        VaeTiling(request, placement.device), placement, size);
    memory.resident = weight_bytes(source, vae_source != nullptr ? vae_source : source, family.texts, placement);
    return memory;
}

std::unique_ptr<Model> Model::load(std::unique_ptr<DiffusersView> view, Family family, const able_load_request &request,
                                   const able_job *job) {
    const Placement placement = placement_of(request);
    const VaeTiling tiling(request, placement.device);
    const int threads = thread_count(request.threads);
    at::set_num_threads(threads);
    make_reproducible(placement);
    warn(*view, placement, job);
    if (placement.device == DeviceKind::cpu) {
        const std::string line = std::string("kernels=") + kernels::isa_name(cpu::chosen_kernels().isa());
        job->log(job, ABLE_LOG_INFO, line.c_str());
    }
    const auto vae = chosen_vae(request);
    Networks networks = load_networks(view->abi(), vae != nullptr ? vae->abi() : nullptr, family.texts, placement, job);
    refuse_unread(view->unused(networks.unread));
    if (vae != nullptr) {
        refuse_unread(vae->unused(networks.unread_vae));
    }
    if (const int32_t asked = asked_prediction(request); asked != 0) {
        networks.schedule.prediction = asked;
    }
    return std::make_unique<Model>(Key{}, std::move(view), std::move(family), std::move(networks), placement, tiling,
                                   threads);
}

void Model::check(const DiffusersView &view, const Family &family, const able_load_request &request,
                  const able_job *job) {
    warn(view, placement_of(request), job);
    const auto vae = chosen_vae(request);
    refuse_unread(view.unused(check_networks(view.abi(), vae != nullptr ? vae->abi() : nullptr, family.texts, job)));
    if (vae != nullptr) {
        refuse_unread(vae->unused(check_autoencoder(vae->abi(), job)));
    }
    static_cast<void>(asked_prediction(request));
}

Model::Model(Key, std::unique_ptr<DiffusersView> view, Family family, Networks networks, const Placement &placement,
             const VaeTiling &tiling, int threads)
    : view_(std::move(view)), family_(std::move(family)), placement_(placement), networks_(std::move(networks)),
      tiling_(tiling), ops_(torch_device(placement)),
      adapters_(view_->abi(), std::move(networks_.parameters), family_.name), threads_(threads),
      device_(device_name(placement)), prompt_(clip_prompts(networks_.texts.front().encoder.config().positions)),
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
    const auto scale = static_cast<uint32_t>(networks_.vae_config.scale());
    const auto size = static_cast<uint32_t>(networks_.unet.config().sample_size) * scale;
    info_.prediction = networks_.schedule.prediction;
    info_.family = family_.name;
    info_.variant = family_.variant;
    info_.levels = &networks_.schedule.table.abi();
    info_.prompt = &prompt_;
    inputs_ = {ABLE_EXTENSION_DEEP_CACHE};
    if (inpaints()) {
        inputs_.push_back(ABLE_EXTENSION_INPAINT);
    }
    info_.inputs = inputs_.data();
    info_.input_count = static_cast<uint32_t>(inputs_.size());
    info_.latent_channels = static_cast<uint32_t>(networks_.vae_config.latent_channels);
    info_.scale_factor = scale;
    info_.default_width = info_.default_height = size;
    info_.size_multiple = scale;
}

void Model::set_adapters(std::span<const able_adapter_use *const> uses, const able_job *job) {
    std::vector<LearnedWords> words = learned_words(uses, networks_.texts, family_.texts);
    networks_.unet.forget_prompts();
    adapters_.set(uses, job);
    for (size_t i = 0; i < words.size(); ++i) {
        networks_.texts[i].words = std::move(words[i]);
    }
}

std::unique_ptr<able_conditioning> Model::encode_text(const able_text_request &request, const able_job *job) {
    return family_.condition(networks_.texts, request, job);
}

TensorHandle Model::encode_image(const able_image_request &request, const able_job *job) const {
    return make_tensor(encode(from_picture(*request.image, networks_.vae_config.scale()), request.noise, job));
}

// As StableDiffusionInpaintPipeline.prepare_mask_latents: the mask, then the latents of the picture with grey under it.
std::unique_ptr<able_input> Model::make_inpaint(const able_image &image, const float *mask, const able_tensor *noise,
                                                const able_job *job) const {
    const int64_t scale = networks_.vae_config.scale();
    const at::Tensor pixels = from_picture(image, scale);
    const at::Tensor painted = from_mask(mask, image.width, image.height);
    const at::Tensor latents = encode(pixels.masked_fill(painted, 0.0), noise, job);
    const at::Tensor nearest = painted.slice(2, 0, image.height, scale).slice(3, 0, image.width, scale);
    return std::make_unique<InpaintChannels>(make_tensor(at::cat({nearest.to(latents.options()), latents}, 1)));
}

at::Tensor Model::encode(const at::Tensor &pixels, const able_tensor *noise, const able_job *job) const {
    const auto count = static_cast<uint64_t>(pixels.size(2) * pixels.size(3));
    const bool strips = tiling_.in_strips(networks_.vae_config, count);
    if (!networks_.encoder) {
        throw Error(ABLE_UNSUPPORTED, "the autoencoder is a decoder alone, which cannot start from a picture; use one "
                                      "that has its encoder");
    }
    const VaeEncoder &encoder = *networks_.encoder;
    const Posterior posterior = strips ? encoder.in_strips(pixels, job) : encoder(pixels, job);
    at::Tensor latents = posterior.mean;
    if (noise != nullptr) {
        if (noise->value.sizes() != latents.sizes()) {
            throw Error(ABLE_INVALID_ARGUMENT, "the noise must have the latents' shape " + shape_text(latents.sizes()) +
                                                   ", and has " + shape_text(noise->value.sizes()));
        }
        latents = latents + (posterior.log_variance * 0.5).exp() * noise->value;
    }
    return (latents * networks_.vae_config.scaling_factor).contiguous();
}

void Model::check_channels(const at::Tensor &latents, const able_tensor *channels) const {
    if (!inpaints()) {
        if (channels != nullptr) {
            throw Error(ABLE_INVALID_ARGUMENT, "this model was not trained for inpainting and takes no input for it");
        }
        return;
    }
    if (channels == nullptr) {
        throw Error(ABLE_INVALID_ARGUMENT, "this is an inpainting model, which needs a mask and a masked picture for "
                                           "every evaluation: the extension \"" ABLE_EXTENSION_INPAINT "\"");
    }
    const int64_t count = networks_.unet.config().in_channels - networks_.vae_config.latent_channels;
    const std::vector<int64_t> expected{1, count, latents.size(2), latents.size(3)};
    if (channels->value.sizes() != at::IntArrayRef(expected)) {
        throw Error(ABLE_INVALID_ARGUMENT, "the channels beside the latents have the shape " +
                                               shape_text(channels->value.sizes()) + " and not " +
                                               shape_text(expected));
    }
}

void Model::denoise(const able_evaluation &evaluation, const able_job *job) const {
    if (evaluation.count == 0) {
        throw Error(ABLE_INVALID_ARGUMENT, "nothing to denoise under");
    }
    const at::Tensor &latents = evaluation.x->value;
    const double sigma = evaluation.sigma;
    const std::span conditionings(evaluation.conditionings, evaluation.count);
    const std::span outs(evaluation.outs, evaluation.count);
    const auto [channels, deep] = read_inputs(evaluation);
    if (latents.dim() != 4 || latents.size(1) != networks_.vae_config.latent_channels || latents.numel() == 0) {
        throw Error(ABLE_INVALID_ARGUMENT, "latents of the shape " + shape_text(latents.sizes()) + " are not [batch, " +
                                               std::to_string(networks_.vae_config.latent_channels) +
                                               ", height, width]");
    }
    if (!(sigma > 0) || !std::isfinite(sigma)) {
        throw Error(ABLE_INVALID_ARGUMENT, "sigma must be above 0");
    }
    for (const able_tensor *out : outs) {
        if (out->value.sizes() != latents.sizes()) {
            throw Error(ABLE_INVALID_ARGUMENT, "an output has another shape than the latents");
        }
    }
    check_channels(latents, channels);
    check_deep_use(deep, latents.sizes());
    at::Tensor input = latents * input_scale(sigma);
    if (channels != nullptr) { // as they are: only what is noised is scaled
        input = at::cat({input, channels->value.expand({latents.size(0), -1, -1, -1})}, 1);
    }
    std::vector<at::Tensor> estimates(outs.size()); // apart from the outputs, one of which may be x itself
    for (const std::vector<size_t> &group : of_one_length(conditionings)) {
        estimate(latents, input, sigma, conditionings, group, estimates, job, deep);
    }
    for (size_t k = 0; k < outs.size(); ++k) {
        outs[k]->value.copy_(estimates[k]);
    }
}

// One evaluation of the UNet for the conditionings numbered in `group`; `input` is what it is given of the latents.
void Model::estimate(const at::Tensor &latents, const at::Tensor &input, double sigma,
                     std::span<const able_conditioning *const> conditionings, const std::vector<size_t> &group,
                     std::vector<at::Tensor> &estimates, const able_job *job, const DeepUse &deep) const {
    std::vector<const able_conditioning *> members;
    members.reserve(group.size());
    for (const size_t k : group) {
        members.push_back(conditionings[k]);
    }
    const int64_t samples = latents.size(0);
    const auto count = static_cast<int64_t>(group.size());
    const double timestep = networks_.schedule.table.timestep(sigma);
    Unet::Branch branch;
    if (deep.any()) {
        branch = {deep.features.front()->skip, joined_features(deep, group)};
    }
    const at::Tensor output = networks_.unet(input.repeat({count, 1, 1, 1}), timestep, prompts(members, samples), job,
                                             deep.any() ? &branch : nullptr);
    if (deep.any() && !deep.reuse) {
        keep_features(deep, group, branch.features, latents.sizes());
    }
    for (int64_t i = 0; i < count; ++i) {
        const at::Tensor own = output.narrow(0, i * samples, samples);
        estimates[group[static_cast<size_t>(i)]] = denoised(networks_.schedule.prediction, latents, own, sigma);
    }
}

std::unique_ptr<able_input> Model::make_deep_features(uint32_t branch) const {
    if (branch >= branch_count()) {
        throw Error(ABLE_INVALID_ARGUMENT, "this model has the branches 0 to " + std::to_string(branch_count() - 1) +
                                               ", and no branch " + std::to_string(branch));
    }
    return std::make_unique<DeepFeatures>(branch);
}

// Each conditioning for each of `samples` samples: [conditionings * samples, ...].
Unet::Prompt Model::prompts(std::span<const able_conditioning *const> conditionings, int64_t samples) const {
    std::vector<at::Tensor> contexts;
    std::vector<at::Tensor> added;
    for (const able_conditioning *conditioning : conditionings) {
        contexts.push_back(conditioning->context.value.expand({samples, -1, -1}));
        if (conditioning->added.defined()) {
            added.push_back(conditioning->added.expand({samples, -1}));
        }
    }
    return {at::cat(contexts), added.empty() ? at::Tensor() : at::cat(added)};
}

at::Tensor Model::sample_of(const able_tensor &latents, uint32_t index) const {
    const at::Tensor &all = latents.value;
    if (all.dim() != 4 || all.size(1) != networks_.vae_config.latent_channels || index >= all.size(0)) {
        throw Error(ABLE_INVALID_ARGUMENT,
                    "latents of the shape " + shape_text(all.sizes()) + " have no sample " + std::to_string(index));
    }
    return all[index];
}

void Model::decode(const able_tensor &latents, uint32_t index, able_image &image, const able_job *job) const {
    const at::Tensor z = sample_of(latents, index).unsqueeze(0) / networks_.vae_config.scaling_factor;
    const bool strips = tiling_.in_strips(networks_.vae_config, uint64_t{image.width} * image.height);
    const at::Tensor pixels = strips ? networks_.decoder.in_strips(z, job) : networks_.decoder(z, job);
    to_picture(pixels[0], image);
}

void Model::preview(const able_tensor &denoised, uint32_t index, able_image &image) const {
    to_preview(sample_of(denoised, index), family_.colours, image);
}

able_memory Model::memory(uint32_t width, uint32_t height, uint32_t batch) const {
    able_memory memory =
        working_memory(networks_.unet.config(), networks_.vae_config, tiling_, placement_, {width, height, batch});
    memory.resident = networks_.bytes;
    return memory;
}

} // namespace able::diffusion
