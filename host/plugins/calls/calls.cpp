#include "calls.h"

#include "default_ops.h"
#include "process_state.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <set>
#include <string_view>
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

// Makes one call of a plugin, and puts back what it must not change of the process (rule R5).
template <class Call>
auto kept(const JobContext &job, const std::string &who, Call call) {
    const ProcessState before;
    auto result = call();
    const std::string changed = before.restore();
    if (!changed.empty()) {
        const std::string line = who + " has changed " + changed +
                                 " of the process, which later pictures would have shown; it has been put back (rule "
                                 "R5 of docs/abi.md)";
        job.abi()->log(job.abi(), ABLE_LOG_WARNING, line.c_str());
    }
    return result;
}

std::string named(const char *noun, const able_descriptor *descriptor) {
    return std::string("the ") + noun + " '" +
           (descriptor != nullptr && descriptor->id != nullptr ? descriptor->id : "?") + "'";
}

// What is wrong with the noise levels that a model gives; empty: nothing.
std::string problem_of(const able_noise_levels &levels) {
    if (!ABLE_HAS(&levels, shift) || !(levels.sigma_min > 0) || !(levels.sigma_max > levels.sigma_min) ||
        !std::isfinite(levels.sigma_max)) {
        return "an empty or invalid range of sigmas";
    }
    switch (levels.kind) {
    case ABLE_LEVELS_TABLE:
        if (levels.sigmas == nullptr || levels.sigma_count < 2) {
            return "a table without levels";
        }
        for (std::uint32_t i = 0; i < levels.sigma_count; ++i) {
            if (!std::isfinite(levels.sigmas[i]) || !(levels.sigmas[i] > (i == 0 ? 0 : levels.sigmas[i - 1]))) {
                return "a table that does not rise";
            }
        }
        return {};
    case ABLE_LEVELS_FLOW:
        return levels.shift > 0 && levels.sigma_max > (ABLE_TIMESTEPS - 1) * levels.shift
                   ? ""
                   : "a sigma_max that is not above " + std::to_string(ABLE_TIMESTEPS - 1) + " times its shift";
    case ABLE_LEVELS_LOGARITHMIC:
        return {};
    default:
        return "levels of an unknown kind";
    }
}

bool complete(const able_ops *ops) {
    return ops != nullptr && ABLE_HAS(ops, view) && ops->like != nullptr && ops->make != nullptr &&
           ops->retain != nullptr && ops->release != nullptr && ops->shape != nullptr && ops->lincomb != nullptr &&
           ops->upload != nullptr && ops->download != nullptr;
}

bool complete(const able_model_info *info) {
    return info != nullptr && ABLE_HAS(info, size_multiple) && info->family != nullptr && info->variant != nullptr &&
           info->levels != nullptr && info->latent_channels > 0 && info->scale_factor > 0 && info->size_multiple > 0 &&
           (info->input_count == 0 || info->inputs != nullptr);
}

// What a host needs and a model lacks; empty: nothing.
std::string problem_of(const able_model *model) {
    if (model == nullptr || !ABLE_HAS(model, unload)) {
        return "no able_model of this version";
    }
    if (!complete(model->info)) {
        return "an incomplete able_model_info";
    }
    if (!complete(model->ops)) {
        return "an incomplete able_ops";
    }
    if (model->device == nullptr || model->dtype == nullptr || model->encode_text == nullptr ||
        model->release_conditioning == nullptr || model->denoise == nullptr || model->decode == nullptr ||
        model->unload == nullptr || (model->targets != nullptr && model->set_adapters == nullptr)) {
        return "an able_model that lacks a function";
    }
    const std::string levels = problem_of(*model->info->levels);
    return levels.empty() ? "" : "a model whose noise levels have " + levels;
}

// Throws ABLE_UNSUPPORTED for what the model does not honour of a prompt.
void check_support(const able_prompt_support *support, const TextRequest &request) {
    const std::uint32_t honoured = support == nullptr ? 0 : support->flags;
    const auto refuse = [](const std::string &what) {
        throw CallError(ABLE_UNSUPPORTED, "this model does not honour " + what);
    };
    const bool by_mean = request.weighting == ABLE_WEIGHTING_MEAN;
    for (const TextSegment &segment : request.segments) {
        if (segment.is_break && (honoured & ABLE_HONOURS_BREAK) == 0) {
            refuse("BREAK in a prompt; leave it out");
        }
        if (!segment.is_break && segment.weight != 1 &&
            (honoured & (by_mean ? ABLE_HONOURS_WEIGHTS : ABLE_HONOURS_EMPTY_WEIGHTS)) == 0) {
            refuse(std::string("weights in a prompt") + (by_mean ? "" : " by this prompt_weighting") + ", as of \"" +
                   segment.text + "\"; write it without, or set prompt_syntax to \"plain\"");
        }
        if (request.role == ABLE_PROMPT_NEGATIVE && !segment.text.empty() && (honoured & ABLE_HONOURS_NEGATIVE) == 0) {
            refuse("a negative prompt; leave it out, and set cfg_scale to 1");
        }
    }
    if (request.clip_skip != 0 && (honoured & ABLE_HONOURS_CLIP_SKIP) == 0) {
        refuse("clip_skip; leave it out");
    }
}

std::vector<able_text_segment> segments_of(std::span<const TextSegment> from) {
    std::vector<able_text_segment> segments;
    for (const TextSegment &segment : from) {
        auto &value = segments.emplace_back(make_struct<able_text_segment>());
        value.text = segment.text.c_str();
        value.weight = segment.weight;
        value.flags = segment.is_break ? ABLE_SEGMENT_BREAK : 0;
    }
    return segments;
}

template <class Struct>
std::vector<const Struct *> pointers_to(const std::vector<Struct> &values) {
    std::vector<const Struct *> pointers(values.size());
    std::transform(values.begin(), values.end(), pointers.begin(), [](const Struct &value) { return &value; });
    return pointers;
}

std::vector<able_component> components_of(std::span<const Component> from) {
    std::vector<able_component> components;
    for (const Component &component : from) {
        components.push_back({sizeof(able_component), component.role.c_str(), component.source});
    }
    return components;
}

// An able_load_request over a LoadRequest.
class LoadArguments {
public:
    LoadArguments(const LoadRequest &request, const able_descriptor *descriptor)
        : defaults_(descriptor), components_(components_of(request.components)), pointers_(pointers_to(components_)),
          abi_(make_struct<able_load_request>()) {
        abi_.component_count = static_cast<std::uint32_t>(pointers_.size());
        abi_.components = pointers_.data();
        abi_.device = request.device.c_str();
        abi_.dtype = request.dtype.c_str();
        abi_.threads = request.threads;
        abi_.tiling = request.tiling;
        abi_.offload = request.offload;
        abi_.params = request.params != nullptr ? request.params : defaults_.abi();
    }
    LoadArguments(const LoadArguments &) = delete;
    LoadArguments &operator=(const LoadArguments &) = delete;

    const able_load_request *abi() const { return &abi_; }

private:
    DefaultParams defaults_;
    std::vector<able_component> components_;
    std::vector<const able_component *> pointers_;
    able_load_request abi_;
};

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

Input::Input(Input &&other) noexcept
    : model_(other.model_), release_(other.release_), input_(std::exchange(other.input_, nullptr)) {}

Input::~Input() {
    if (input_ != nullptr) {
        release_(model_, input_);
    }
}

NoiseLevels::NoiseLevels(const able_noise_levels &levels) : abi_(levels) {
    if (levels.kind == ABLE_LEVELS_TABLE) {
        table_.assign(levels.sigmas, levels.sigmas + levels.sigma_count);
        abi_.sigmas = table_.data();
    }
}

AdapterFile::AdapterFile(const able_adapter &adapter, const able_source *source, const Model &model,
                         const ParamValues &params, const JobContext &job) {
    if (model.targets() == nullptr) {
        throw CallError(ABLE_UNSUPPORTED, "this model takes no adapters");
    }
    job.check(kept(job, named("adapter", adapter.descriptor),
                   [&] { return adapter.open(source, model.targets(), params.abi(), job.abi(), &file_); }),
              "opening the adapter");
    if (file_ == nullptr || !ABLE_HAS(file_, token_vectors_at) || file_->delta_count == nullptr ||
        file_->delta_at == nullptr || file_->close == nullptr) {
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
    if (file_->token_vectors_count == nullptr || file_->token_vectors_at == nullptr ||
        file_->token_vectors_count(file_) == 0) {
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

Model::Model(const able_pipeline &pipeline, const LoadRequest &request, const JobContext &job)
    : defaults_(pipeline.descriptor), who_(named("pipeline", pipeline.descriptor)) {
    const LoadArguments arguments(request, pipeline.descriptor);
    job.check(kept(job, who_, [&] { return pipeline.load(arguments.abi(), job.abi(), &model_); }), "loading the model");
    if (const std::string problem = problem_of(model_); !problem.empty()) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned " + problem);
    }
    ops_ = complete_ops(*model_->ops);
    inpaint_ = extension<able_inpaint>(ABLE_EXTENSION_INPAINT);
    deep_ = extension<able_deep_cache>(ABLE_EXTENSION_DEEP_CACHE);
    if (inpaint_ != nullptr &&
        (!ABLE_HAS(inpaint_, channels) || inpaint_->make == nullptr || inpaint_->release == nullptr)) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned an incomplete able_inpaint");
    }
    if (deep_ != nullptr && (!ABLE_HAS(deep_, release) || deep_->branch_count == nullptr || deep_->make == nullptr ||
                             deep_->release == nullptr)) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned an incomplete able_deep_cache");
    }
}

Model::~Model() {
    if (model_ != nullptr && model_->unload != nullptr) {
        model_->unload(model_);
    }
}

std::optional<able_memory> Model::memory(std::uint32_t width, std::uint32_t height,
                                         std::uint32_t batch) const noexcept {
    auto out = make_struct<able_memory>();
    if (model_->memory == nullptr || model_->memory(model_, width, height, batch, &out) != ABLE_OK) {
        return std::nullopt;
    }
    return out;
}

NoiseLevels Model::levels(std::uint32_t width, std::uint32_t height, std::uint32_t steps, const able_params *params,
                          const JobContext &job) {
    able_noise_levels out = *model_->info->levels;
    if (model_->levels != nullptr) {
        auto request = make_struct<able_levels_request>();
        request.width = width;
        request.height = height;
        request.steps = steps;
        request.params = or_defaults(params);
        job.check(kept(job, who_, [&] { return model_->levels(model_, &request, job.abi(), &out); }),
                  "asking for the noise levels");
    }
    if (const std::string problem = problem_of(out); !problem.empty()) {
        throw CallError(ABLE_INTERNAL, who_ + " gave noise levels with " + problem);
    }
    return NoiseLevels(out);
}

void Model::set_adapters(std::span<const AdapterUse> uses, const JobContext &job) {
    if (model_->targets == nullptr) {
        if (!uses.empty()) {
            throw CallError(ABLE_UNSUPPORTED, "this model takes no adapters");
        }
        return;
    }
    // Text encoders are the components whose names say so; strengths for anything else are the network's.
    std::set<std::string> encoders;
    const std::uint32_t count = model_->targets->count(model_->targets);
    for (std::uint32_t i = 0; i < count; ++i) {
        const able_target *target = model_->targets->at(model_->targets, i);
        if (target != nullptr && target->component != nullptr &&
            std::string_view(target->component).starts_with("text_encoder")) {
            encoders.emplace(target->component);
        }
    }
    struct Strengths {
        std::vector<able_strength> values;
        std::vector<const able_strength *> pointers;
        std::vector<const char *> words;
    };
    std::vector<Strengths> own(uses.size());
    std::vector<able_adapter_use> values;
    for (const auto &use : uses) {
        Strengths &strengths = own[values.size()];
        for (const std::string &encoder : encoders) {
            strengths.values.push_back({sizeof(able_strength), encoder.c_str(), use.text_strength});
        }
        strengths.pointers = pointers_to(strengths.values);
        std::transform(use.words.begin(), use.words.end(), std::back_inserter(strengths.words),
                       [](const std::string &word) { return word.c_str(); });
        auto &value = values.emplace_back(make_struct<able_adapter_use>());
        value.file = use.file->get();
        value.strength = use.unet_strength;
        value.strengths = strengths.pointers.data();
        value.strength_count = static_cast<std::uint32_t>(strengths.pointers.size());
        value.words = strengths.words.data();
        value.word_count = static_cast<std::uint32_t>(strengths.words.size());
    }
    const auto pointers = pointers_to(values);
    job.check(kept(job, who_,
                   [&] {
                       return model_->set_adapters(model_, static_cast<std::uint32_t>(pointers.size()), pointers.data(),
                                                   job.abi());
                   }),
              "applying the adapters");
}

Conditioning Model::encode_text(const TextRequest &wanted, const JobContext &job) {
    check_support(model_->info->prompt, wanted);
    const auto segments = segments_of(wanted.segments);
    const auto pointers = pointers_to(segments);
    auto request = make_struct<able_text_request>();
    request.segment_count = static_cast<std::uint32_t>(pointers.size());
    request.segments = pointers.data();
    request.clip_skip = wanted.clip_skip;
    request.width = wanted.width;
    request.height = wanted.height;
    request.role = wanted.role;
    request.weighting = wanted.weighting;
    request.params = or_defaults(wanted.params);
    able_conditioning *out = nullptr;
    job.check(kept(job, who_, [&] { return model_->encode_text(model_, &request, job.abi(), &out); }),
              "encoding the prompt");
    if (out == nullptr) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned no conditioning");
    }
    return {model_, out};
}

Tensor Model::encode_image(const able_image &image, const Tensor &noise, const able_params *params,
                           const JobContext &job) {
    if (model_->encode_image == nullptr) {
        throw CallError(ABLE_UNSUPPORTED, "this model cannot start from a picture; leave init_image out");
    }
    auto request = make_struct<able_image_request>();
    request.image = &image;
    request.noise = noise.get();
    request.params = or_defaults(params);
    able_tensor *out = nullptr;
    job.check(kept(job, who_, [&] { return model_->encode_image(model_, &request, job.abi(), &out); }),
              "encoding the image");
    if (out == nullptr) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned no latents");
    }
    return {&ops_, out};
}

Input Model::make_inpaint(const able_image &image, std::span<const float> mask, const Tensor &noise,
                          const JobContext &job) {
    if (mask.size() != std::size_t{image.width} * image.height) {
        throw CallError(ABLE_INTERNAL, "the mask is not as large as its picture");
    }
    able_input *out = nullptr;
    job.check(
        kept(job, who_, [&] { return inpaint_->make(model_, &image, mask.data(), noise.get(), job.abi(), &out); }),
        "encoding the masked image");
    if (out == nullptr) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned no input for inpainting");
    }
    return {model_, inpaint_->release, out};
}

able_status Model::denoise(const Evaluation &evaluation, const JobContext &job) noexcept {
    try {
        std::vector<able_input_use> uses;
        for (const InputUse &use : evaluation.inputs) {
            auto &value = uses.emplace_back(make_struct<able_input_use>());
            value.conditioning = use.conditioning;
            value.input = use.input;
            value.mode = use.mode;
            value.strength = use.strength;
        }
        const auto pointers = pointers_to(uses);
        auto arguments = make_struct<able_evaluation>();
        arguments.count = static_cast<std::uint32_t>(evaluation.conditionings.size());
        arguments.x = evaluation.x;
        arguments.sigma = evaluation.sigma;
        arguments.conditionings = evaluation.conditionings.data();
        arguments.outs = evaluation.outs.data();
        arguments.inputs = pointers.data();
        arguments.input_count = static_cast<std::uint32_t>(pointers.size());
        arguments.params = or_defaults(evaluation.params);
        return kept(job, who_, [&] { return model_->denoise(model_, &arguments, job.abi()); });
    } catch (const std::exception &error) { // no memory for the lists
        return job.fail(ABLE_OUT_OF_MEMORY, error.what());
    }
}

std::uint32_t Model::branch_count() const noexcept {
    return deep_ != nullptr ? deep_->branch_count(model_) : 0;
}

Input Model::make_deep_features(std::uint32_t branch, const JobContext &job) {
    able_input *out = nullptr;
    job.check(deep_->make(model_, branch, job.abi(), &out), "making deep features");
    if (out == nullptr) {
        throw CallError(ABLE_INTERNAL, "the pipeline plugin returned no deep features");
    }
    return {model_, deep_->release, out};
}

void Model::decode(const Tensor &latents, able_image &image, const JobContext &job) {
    job.check(kept(job, who_, [&] { return model_->decode(model_, latents.get(), 0, &image, job.abi()); }),
              "decoding the latents");
}

bool Model::preview(const able_tensor *denoised, able_image &image) noexcept {
    return model_->preview != nullptr && model_->preview(model_, denoised, 0, &image) == ABLE_OK;
}

Tensor Model::upload(std::span<const std::int64_t> shape, std::span<const float> values, const JobContext &job) const {
    const auto *ops = &ops_;
    Tensor tensor(ops, ops->make(ops, static_cast<std::uint32_t>(shape.size()), shape.data()));
    if (!tensor) {
        throw CallError(ABLE_OUT_OF_MEMORY, "no memory for the latents; try a smaller image");
    }
    job.check(ops->upload(ops, tensor.get(), values.data(), values.size()), "copying to the device");
    return tensor;
}

std::vector<float> Model::download(const Tensor &tensor, std::size_t count, const JobContext &job) const {
    std::vector<float> values(count);
    job.check(ops_.download(&ops_, tensor.get(), values.data(), count), "copying from the device");
    return values;
}

std::vector<double> sigmas(const able_schedule &schedule, const ScheduleRequest &wanted, const ParamValues &params,
                           const JobContext &job) {
    const std::string name = std::string("schedule '") + schedule.descriptor->id + "'";
    const std::uint32_t steps = wanted.steps;
    auto request = make_struct<able_schedule_request>();
    request.steps = steps;
    request.width = wanted.width;
    request.height = wanted.height;
    request.info = wanted.info;
    request.levels = wanted.levels;
    request.params = params.abi();
    std::vector<double> out(steps + 64U);
    std::uint32_t count = 0;
    job.check(kept(job, "the " + name,
                   [&] {
                       return schedule.sigmas(&request, job.abi(), static_cast<std::uint32_t>(out.size()), out.data(),
                                              &count);
                   }),
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

able_status sample(const able_sampler &sampler, const able_sampling &run, const JobContext &job) noexcept {
    return kept(job, named("sampler", sampler.descriptor), [&] { return sampler.sample(&run); });
}

able_model_probe probe(const able_pipeline &pipeline, const able_source *source) noexcept {
    auto out = make_struct<able_model_probe>();
    return pipeline.probe(source, &out) == ABLE_OK ? out : make_struct<able_model_probe>();
}

able_adapter_probe probe(const able_adapter &adapter, const able_source *source) noexcept {
    auto out = make_struct<able_adapter_probe>();
    return adapter.probe(source, &out) == ABLE_OK ? out : make_struct<able_adapter_probe>();
}

bool fills(const able_model_probe &probe, const std::string &role) noexcept {
    return probe.fills != nullptr && std::any_of(probe.fills, probe.fills + probe.fill_count, [&](const char *filled) {
               return filled != nullptr && role == filled;
           });
}

std::optional<able_memory> estimate(const able_pipeline &pipeline, const LoadRequest &request, std::uint32_t width,
                                    std::uint32_t height, std::uint32_t batch, const JobContext &job) {
    if (pipeline.estimate == nullptr) {
        return std::nullopt;
    }
    const LoadArguments arguments(request, pipeline.descriptor);
    auto out = make_struct<able_memory>();
    job.check(kept(job, named("pipeline", pipeline.descriptor),
                   [&] { return pipeline.estimate(arguments.abi(), width, height, batch, job.abi(), &out); }),
              "estimating the memory");
    return out;
}

std::vector<std::string> check_files(const able_pipeline &pipeline, const LoadRequest &request) {
    std::vector<std::string> notes;
    if (pipeline.check == nullptr) {
        return notes;
    }
    JobContext job;
    job.on_log = [&notes](int level, const std::string &line) {
        if (level == ABLE_LOG_WARNING) {
            notes.push_back(line);
        }
    };
    const LoadArguments arguments(request, pipeline.descriptor);
    job.check(
        kept(job, named("pipeline", pipeline.descriptor), [&] { return pipeline.check(arguments.abi(), job.abi()); }),
        "checking the files");
    return notes;
}

namespace {

// Collects the chunks of a prompt.
struct ChunkList {
    std::vector<TokenChunk> chunks;

    static able_status take(const able_token_request *request, const able_token_chunk *chunk) noexcept {
        try {
            static_cast<ChunkList *>(request->host)->add(*chunk);
            return ABLE_OK;
        } catch (...) { // no memory for the list
            return ABLE_OUT_OF_MEMORY;
        }
    }

private:
    void add(const able_token_chunk &chunk) {
        TokenChunk &out = chunks.emplace_back();
        out.encoder = chunk.encoder;
        out.encoder_name = chunk.encoder_name == nullptr ? "" : chunk.encoder_name;
        out.tokenizer_name = chunk.tokenizer_name == nullptr ? "" : chunk.tokenizer_name;
        out.room = chunk.room;
        const std::uint32_t begin = std::min(chunk.text_begin, chunk.count);
        const std::uint32_t end = begin + std::min(chunk.text_count, chunk.count - begin);
        out.ids.assign(chunk.ids + begin, chunk.ids + end);
        out.weights.assign(chunk.weights + begin, chunk.weights + end);
        out.words.assign(chunk.words + begin, chunk.words + end);
    }
};

} // namespace

std::optional<std::vector<TokenChunk>> tokenize(const able_pipeline &pipeline, std::span<const Component> components,
                                                std::span<const TextSegment> segments, std::span<const Word> words,
                                                const able_params *params, const JobContext &job) {
    if (pipeline.tokenize == nullptr) {
        return std::nullopt;
    }
    const DefaultParams defaults(pipeline.descriptor);
    const auto parts = components_of(components);
    const auto part_pointers = pointers_to(parts);
    const auto pieces = segments_of(segments);
    const auto piece_pointers = pointers_to(pieces);
    std::vector<std::vector<const char *>> names(words.size());
    std::vector<able_word> known;
    for (const Word &word : words) {
        auto &own = names[known.size()];
        std::transform(word.names.begin(), word.names.end(), std::back_inserter(own),
                       [](const std::string &name) { return name.c_str(); });
        known.push_back({sizeof(able_word), static_cast<std::uint32_t>(own.size()), own.data(), word.tokens});
    }
    const auto word_pointers = pointers_to(known);
    ChunkList list;
    auto request = make_struct<able_token_request>();
    request.component_count = static_cast<std::uint32_t>(part_pointers.size());
    request.components = part_pointers.data();
    request.segments = piece_pointers.data();
    request.segment_count = static_cast<std::uint32_t>(piece_pointers.size());
    request.words = word_pointers.data();
    request.word_count = static_cast<std::uint32_t>(word_pointers.size());
    request.params = params != nullptr ? params : defaults.abi();
    request.host = &list;
    request.chunk = ChunkList::take;
    job.check(kept(job, named("pipeline", pipeline.descriptor), [&] { return pipeline.tokenize(&request, job.abi()); }),
              "counting the tokens");
    return std::move(list.chunks);
}

} // namespace able::plugins
