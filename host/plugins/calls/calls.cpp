#include "calls.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <utility>

namespace able::plugins {

namespace {

const char *status_text(able_status status) {
    switch (status) {
    case ABLE_CANCELLED:
        return "cancelled";
    case ABLE_INVALID_ARGUMENT:
        return "an argument is invalid";
    case ABLE_UNSUPPORTED:
        return "not supported";
    case ABLE_NOT_FOUND:
        return "something needed was not found";
    case ABLE_BAD_FILE:
        return "a file is damaged";
    case ABLE_OUT_OF_MEMORY:
        return "out of memory";
    case ABLE_DEVICE_ERROR:
        return "the device failed";
    case ABLE_INTERNAL:
        return "an internal error";
    default:
        return "an error of its own";
    }
}

JobContext &context(const able_job *job) {
    return *static_cast<JobContext *>(job->host);
}

able_status job_fail(const able_job *job, able_status status, const char *message) noexcept {
    return context(job).fail(status, message == nullptr ? "" : message);
}

std::int32_t job_cancelled(const able_job *job) noexcept {
    return context(job).cancelled() ? 1 : 0;
}

void job_progress(const able_job *job, std::uint64_t done, std::uint64_t total) noexcept {
    const auto &report = context(job).on_progress;
    if (!report || total == 0) {
        return;
    }
    try {
        report(static_cast<double>(std::min(done, total)) / static_cast<double>(total));
    } catch (...) { // a report that cannot be made must not stop the work
    }
}

void job_log(const able_job *job, std::int32_t level, const char *line) noexcept {
    const auto &log = context(job).on_log;
    if (!log || line == nullptr) {
        return;
    }
    try {
        log(level, line);
    } catch (...) { // as above
    }
}

// Whether every function a host needs is there.
bool complete(const able_model *model) {
    return model != nullptr && ABLE_HAS(model, unload) && model->info != nullptr && model->ops != nullptr &&
           model->targets != nullptr && model->device != nullptr && model->dtype != nullptr &&
           model->set_adapters != nullptr && model->encode_text != nullptr && model->release_conditioning != nullptr &&
           model->encode_image != nullptr && model->denoise != nullptr && model->decode != nullptr &&
           model->unload != nullptr;
}

bool complete(const able_model_info &info) {
    return ABLE_HAS(&info, size_multiple) && info.family != nullptr && info.variant != nullptr &&
           info.sigmas != nullptr && info.sigma_count > 1 && info.latent_channels > 0 && info.scale_factor > 0 &&
           info.size_multiple > 0;
}

} // namespace

JobContext::JobContext() : abi_{sizeof(able_job), this, job_fail, job_cancelled, job_progress, job_log} {}

able_status JobContext::fail(able_status status, const std::string &message) const noexcept {
    try {
        message_ = message;
    } catch (...) { // without memory for the text, the status has to do
        message_.clear();
    }
    return status;
}

void JobContext::check(able_status status, const std::string &what) const {
    if (status == ABLE_OK) {
        message_.clear();
        return;
    }
    std::string text = std::exchange(message_, {});
    if (text.empty()) {
        text = what + " failed: " + status_text(status) + " (status " + std::to_string(status) + ")";
    }
    throw CallError(status, text);
}

Tensor::Tensor(Tensor &&other) noexcept : ops_(other.ops_), tensor_(std::exchange(other.tensor_, nullptr)) {}

Tensor &Tensor::operator=(Tensor &&other) noexcept {
    std::swap(ops_, other.ops_);
    std::swap(tensor_, other.tensor_);
    return *this;
}

Tensor::~Tensor() {
    if (tensor_ != nullptr) {
        ops_->release(ops_, tensor_);
    }
}

Conditioning::Conditioning(Conditioning &&other) noexcept
    : model_(other.model_), conditioning_(std::exchange(other.conditioning_, nullptr)) {}

Conditioning::~Conditioning() {
    if (conditioning_ != nullptr) {
        model_->release_conditioning(model_, conditioning_);
    }
}

bool takes_params(const able_adapter &adapter) noexcept {
    return ABLE_HAS(&adapter, open_with) && adapter.open_with != nullptr;
}

DeepFeatures::DeepFeatures(DeepFeatures &&other) noexcept
    : model_(other.model_), calls_(other.calls_), features_(std::exchange(other.features_, nullptr)) {}

DeepFeatures::~DeepFeatures() {
    if (features_ != nullptr) {
        calls_->release(model_, features_);
    }
}

AdapterFile::AdapterFile(const able_adapter &adapter, const able_source *source, const Model &model,
                         const ParamValues &params, const JobContext &job) {
    job.check(takes_params(adapter) ? adapter.open_with(source, model.targets(), params.abi(), job.abi(), &file_)
                                    : adapter.open(source, model.targets(), job.abi(), &file_),
              "opening the adapter");
    if (file_ == nullptr || !ABLE_HAS(file_, close) || file_->delta_count == nullptr || file_->delta_at == nullptr ||
        file_->close == nullptr) {
        throw CallError(ABLE_INTERNAL, "the adapter plugin returned an incomplete able_adapter_file");
    }
}

namespace {

struct Part {
    able_adapter_file abi{};
    const able_adapter_file *whole = nullptr;
    std::vector<std::uint32_t> deltas;

    static const Part &of(const able_adapter_file *file) { return *static_cast<const Part *>(file->self); }
};

} // namespace

AdapterFile AdapterFile::part(const AdapterFile &whole, std::vector<std::uint32_t> deltas) {
    auto made = std::make_unique<Part>();
    made->whole = whole.get();
    made->deltas = std::move(deltas);
    made->abi = make_struct<able_adapter_file>();
    made->abi.self = made.get();
    made->abi.delta_count = [](const able_adapter_file *file) noexcept {
        return static_cast<std::uint32_t>(Part::of(file).deltas.size());
    };
    made->abi.delta_at = [](const able_adapter_file *file, std::uint32_t index) noexcept -> const able_delta * {
        const Part &self = Part::of(file);
        return index < self.deltas.size() ? self.whole->delta_at(self.whole, self.deltas[index]) : nullptr;
    };
    made->abi.unmatched_count = [](const able_adapter_file *) noexcept {
        return std::uint32_t{0};
    };
    made->abi.unmatched_at = [](const able_adapter_file *, std::uint32_t) noexcept -> const char * {
        return nullptr;
    };
    made->abi.close = [](able_adapter_file *file) noexcept {
        const std::unique_ptr<Part> owner(static_cast<Part *>(file->self));
    };
    return AdapterFile(&made.release()->abi);
}

AdapterFile::~AdapterFile() {
    if (file_ != nullptr && file_->close != nullptr) {
        file_->close(file_);
    }
}

std::uint32_t AdapterFile::word_tokens() const {
    if (!ABLE_HAS(file_, token_vectors_at) || file_->token_vectors_count == nullptr ||
        file_->token_vectors_at == nullptr || file_->token_vectors_count(file_) == 0) {
        return 0;
    }
    const able_token_vectors *first = file_->token_vectors_at(file_, 0);
    if (first == nullptr || first->vectors.ndim != 2 || first->vectors.shape == nullptr ||
        first->vectors.shape[0] < 1) {
        throw CallError(ABLE_INTERNAL, "the adapter plugin returned incomplete able_token_vectors");
    }
    return static_cast<std::uint32_t>(first->vectors.shape[0]);
}

std::vector<std::string> AdapterFile::unmatched() const {
    std::vector<std::string> out;
    if (file_->unmatched_count == nullptr || file_->unmatched_at == nullptr) {
        return out;
    }
    const std::uint32_t count = file_->unmatched_count(file_);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (const char *name = file_->unmatched_at(file_, i)) {
            out.emplace_back(name);
        }
    }
    return out;
}

Model::Model(const able_pipeline &pipeline, const able_source *source, const able_load_options &options,
             const JobContext &job) {
    job.check(pipeline.load(source, &options, job.abi(), &model_), "loading the model");
    if (!complete(model_) || !complete(*model_->info)) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned an incomplete able_model");
    }
    if (model_->get_extension != nullptr) {
        inpaint_ = static_cast<const able_inpaint *>(model_->get_extension(model_, ABLE_EXTENSION_INPAINT));
        deep_ = static_cast<const able_deep_cache *>(model_->get_extension(model_, ABLE_EXTENSION_DEEP_CACHE));
    }
    if (inpaint_ != nullptr &&
        (!ABLE_HAS(inpaint_, denoise) || inpaint_->encode == nullptr || inpaint_->denoise == nullptr)) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned an incomplete able_inpaint");
    }
    if (deep_ != nullptr && (!ABLE_HAS(deep_, denoise) || deep_->branch_count == nullptr || deep_->make == nullptr ||
                             deep_->release == nullptr || deep_->denoise == nullptr)) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned an incomplete able_deep_cache");
    }
}

Model::~Model() {
    if (model_ != nullptr && model_->unload != nullptr) {
        model_->unload(model_);
    }
}

std::uint64_t Model::memory(std::uint32_t width, std::uint32_t height, std::uint32_t batch) const noexcept {
    return model_->memory != nullptr ? model_->memory(model_, width, height, batch) : 0;
}

void Model::set_adapters(std::span<const AdapterUse> uses, const JobContext &job) {
    std::vector<able_adapter_use> values;
    std::vector<std::vector<const char *>> words(uses.size());
    for (const auto &use : uses) {
        auto &own = words[values.size()];
        std::transform(use.words.begin(), use.words.end(), std::back_inserter(own),
                       [](const std::string &word) { return word.c_str(); });
        auto value = make_struct<able_adapter_use>();
        value.file = use.file->get();
        value.unet_strength = use.unet_strength;
        value.text_strength = use.text_strength;
        value.word_count = static_cast<std::uint32_t>(own.size());
        value.words = own.data();
        values.push_back(value);
    }
    std::vector<const able_adapter_use *> pointers;
    for (const auto &value : values) {
        pointers.push_back(&value);
    }
    job.check(model_->set_adapters(model_, static_cast<std::uint32_t>(pointers.size()), pointers.data(), job.abi()),
              "applying the adapters");
}

Conditioning Model::encode_text(const TextRequest &wanted, const JobContext &job) {
    std::vector<able_text_segment> segments;
    for (const TextSegment &segment : wanted.segments) {
        auto &value = segments.emplace_back(make_struct<able_text_segment>());
        value.text = segment.text.c_str();
        value.weight = segment.weight;
        value.flags = segment.is_break ? ABLE_SEGMENT_BREAK : 0;
    }
    std::vector<const able_text_segment *> pointers;
    for (const auto &segment : segments) {
        pointers.push_back(&segment);
    }
    auto request = make_struct<able_text_request>();
    request.segment_count = static_cast<std::uint32_t>(pointers.size());
    request.segments = pointers.data();
    request.clip_skip = wanted.clip_skip;
    request.width = wanted.width;
    request.height = wanted.height;
    request.role = wanted.role;
    request.weighting = wanted.weighting;
    able_conditioning *out = nullptr;
    job.check(model_->encode_text(model_, &request, job.abi(), &out), "encoding the prompt");
    if (out == nullptr) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned no conditioning");
    }
    return {model_, out};
}

Tensor Model::encode_image(const able_image &image, const Tensor &noise, const JobContext &job) {
    able_tensor *out = nullptr;
    job.check(model_->encode_image(model_, &image, noise.get(), job.abi(), &out), "encoding the image");
    if (out == nullptr) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned no latents");
    }
    return {model_->ops, out};
}

Tensor Model::encode_inpaint(const able_image &image, std::span<const float> mask, const Tensor &noise,
                             const JobContext &job) {
    if (mask.size() != std::size_t{image.width} * image.height) {
        throw CallError(ABLE_INTERNAL, "the mask is not as large as its picture");
    }
    able_tensor *out = nullptr;
    job.check(inpaint_->encode(model_, &image, mask.data(), noise.get(), job.abi(), &out), "encoding the masked image");
    if (out == nullptr) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned no channels for inpainting");
    }
    return {model_->ops, out};
}

able_status Model::denoise(const able_tensor *x, double sigma, std::span<const able_conditioning *const> conditionings,
                           std::span<able_tensor *const> outs, const JobContext &job,
                           const able_tensor *channels) noexcept {
    if (channels != nullptr && inpaint_ != nullptr) {
        return inpaint_->denoise(model_, x, sigma, static_cast<std::uint32_t>(conditionings.size()),
                                 conditionings.data(), channels, outs.data(), job.abi());
    }
    return model_->denoise(model_, x, sigma, static_cast<std::uint32_t>(conditionings.size()), conditionings.data(),
                           outs.data(), job.abi());
}

std::uint32_t Model::branch_count() const noexcept {
    return deep_ != nullptr ? deep_->branch_count(model_) : 0;
}

DeepFeatures Model::make_deep_features(std::uint32_t branch, const JobContext &job) {
    able_deep_features *out = nullptr;
    job.check(deep_->make(model_, branch, job.abi(), &out), "making deep features");
    if (out == nullptr) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned no deep features");
    }
    return {model_, deep_, out};
}

able_status Model::denoise(const able_tensor *x, double sigma, std::span<const able_conditioning *const> conditionings,
                           std::span<able_deep_features *const> features, bool reuse,
                           std::span<able_tensor *const> outs, const JobContext &job,
                           const able_tensor *channels) noexcept {
    return deep_->denoise(model_, x, sigma, static_cast<std::uint32_t>(conditionings.size()), conditionings.data(),
                          inpaint_ != nullptr ? channels : nullptr, features.data(), reuse ? 1 : 0, outs.data(),
                          job.abi());
}

void Model::decode(const Tensor &latents, able_image &image, const JobContext &job) {
    job.check(model_->decode(model_, latents.get(), 0, &image, job.abi()), "decoding the latents");
}

bool Model::preview(const able_tensor *denoised, able_image &image) noexcept {
    return model_->preview != nullptr && model_->preview(model_, denoised, 0, &image) == ABLE_OK;
}

Tensor Model::upload(std::span<const std::int64_t> shape, std::span<const float> values, const JobContext &job) const {
    const auto *ops = model_->ops;
    Tensor tensor(ops, ops->make(ops, static_cast<std::uint32_t>(shape.size()), shape.data()));
    if (!tensor) {
        throw CallError(ABLE_OUT_OF_MEMORY, "no memory for the latents; try a smaller image");
    }
    job.check(ops->upload(ops, tensor.get(), values.data(), values.size()), "copying to the device");
    return tensor;
}

std::vector<float> Model::download(const Tensor &tensor, std::size_t count, const JobContext &job) const {
    std::vector<float> values(count);
    job.check(model_->ops->download(model_->ops, tensor.get(), values.data(), count), "copying from the device");
    return values;
}

std::vector<double> sigmas(const able_schedule &schedule, const able_model_info &info, std::uint32_t steps,
                           const ParamValues &params, const JobContext &job) {
    const std::string name = std::string("schedule '") + schedule.descriptor->id + "'";
    std::vector<double> out(steps + 64U);
    std::uint32_t count = 0;
    job.check(schedule.sigmas(&info, steps, params.abi(), job.abi(), static_cast<std::uint32_t>(out.size()), out.data(),
                              &count),
              name);
    if (count < 2 || count > out.size()) {
        throw CallError(ABLE_INTERNAL, name + " gave " + std::to_string(count) + " noise levels for " +
                                           std::to_string(steps) + " steps");
    }
    out.resize(count);
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (!std::isfinite(out[i]) || out[i] < 0 || (i > 0 && out[i] >= out[i - 1])) {
            throw CallError(ABLE_INTERNAL, name + " gave noise levels that do not fall");
        }
    }
    return out;
}

able_probe probe(const able_pipeline &pipeline, const able_source *source) noexcept {
    auto out = make_struct<able_probe>();
    return pipeline.probe(source, &out) == ABLE_OK ? out : make_struct<able_probe>();
}

able_probe probe(const able_adapter &adapter, const able_source *source) noexcept {
    auto out = make_struct<able_probe>();
    return adapter.probe(source, &out) == ABLE_OK ? out : make_struct<able_probe>();
}

able_probe probe_vae(const able_pipeline &pipeline, const able_source *source) noexcept {
    auto out = make_struct<able_probe>();
    if (!ABLE_HAS(&pipeline, probe_vae) || pipeline.probe_vae == nullptr) {
        return out;
    }
    return pipeline.probe_vae(source, &out) == ABLE_OK ? out : make_struct<able_probe>();
}

std::optional<able_memory> estimate(const able_pipeline &pipeline, const able_source *source,
                                    const able_load_options &options, std::uint32_t width, std::uint32_t height,
                                    std::uint32_t batch, const JobContext &job) {
    if (!ABLE_HAS(&pipeline, estimate) || pipeline.estimate == nullptr) {
        return std::nullopt;
    }
    auto out = make_struct<able_memory>();
    job.check(pipeline.estimate(source, &options, width, height, batch, job.abi(), &out), "estimating the memory");
    return out;
}

} // namespace able::plugins
