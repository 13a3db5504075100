// The only place that calls through the ABI: null checks, statuses to errors, ownership. Everything that a plugin hands
// out is wrapped here, so that nobody else dereferences a plugin's function table.
#pragma once

#include "host/plugins/describe/param_values.h"

#include <ablerefusal/ablerefusal.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace able::plugins {

// A call of a plugin returned a status. what() is the plugin's text, or the status in words.
class CallError : public std::runtime_error {
public:
    CallError(able_status status, const std::string &message) : std::runtime_error(message), status_(status) {}
    able_status status() const noexcept { return status_; }

private:
    able_status status_;
};

// The host's side of able_job: one for each job.
class JobContext {
public:
    std::function<void(double fraction)> on_progress;
    std::function<void(int level, const std::string &line)> on_log;

    JobContext();
    JobContext(const JobContext &) = delete;
    JobContext &operator=(const JobContext &) = delete;

    const able_job *abi() const noexcept { return &abi_; }
    void cancel() noexcept { cancelled_ = true; }
    bool cancelled() const noexcept { return cancelled_; }
    // Records `message` as the reason of the failure in progress and returns `status`.
    able_status fail(able_status status, const std::string &message) const noexcept;
    // Throws CallError for anything but ABLE_OK; `what` names the call for a plugin that gave no text.
    void check(able_status status, const std::string &what) const;

private:
    able_job abi_;
    std::atomic<bool> cancelled_{false};
    mutable std::string message_;
};

// One reference to a tensor of a model.
class Tensor {
public:
    Tensor() = default;
    Tensor(const able_ops *ops, able_tensor *tensor) noexcept : ops_(ops), tensor_(tensor) {}
    Tensor(Tensor &&other) noexcept;
    Tensor &operator=(Tensor &&other) noexcept;
    Tensor(const Tensor &) = delete;
    Tensor &operator=(const Tensor &) = delete;
    ~Tensor();
    able_tensor *get() const noexcept { return tensor_; }
    explicit operator bool() const noexcept { return tensor_ != nullptr; }

private:
    const able_ops *ops_ = nullptr;
    able_tensor *tensor_ = nullptr;
};

class Model;

// An encoded prompt of a model; outlived by it.
class Conditioning {
public:
    Conditioning(able_model *model, able_conditioning *conditioning) noexcept
        : model_(model), conditioning_(conditioning) {}
    Conditioning(Conditioning &&other) noexcept;
    Conditioning &operator=(Conditioning &&) = delete;
    ~Conditioning();
    const able_conditioning *get() const noexcept { return conditioning_; }

private:
    able_model *model_;
    able_conditioning *conditioning_;
};

// What an extension of a model has made for its evaluations; outlived by the model.
class Input {
public:
    using Release = void (*)(able_model *model, able_input *input);

    Input(able_model *model, Release release, able_input *input) noexcept
        : model_(model), release_(release), input_(input) {}
    Input(Input &&other) noexcept;
    Input &operator=(Input &&) = delete;
    ~Input();
    able_input *get() const noexcept { return input_; }

private:
    able_model *model_;
    Release release_;
    able_input *input_;
};

// An input in its place; see able_input_use.
struct InputUse {
    able_input *input = nullptr;
    std::uint32_t conditioning = ABLE_ALL_CONDITIONINGS;
    std::int32_t mode = 0;
    double strength = 1;
};

// The arguments of able_model.denoise; see able_evaluation.
struct Evaluation {
    const able_tensor *x = nullptr;
    double sigma = 0;
    std::span<const able_conditioning *const> conditionings;
    std::span<able_tensor *const> outs;
    std::span<const InputUse> inputs = {};
    const able_params *params = nullptr; // null: all at their defaults
};

// A model's noise levels for one picture, with a table of their own.
class NoiseLevels {
public:
    explicit NoiseLevels(const able_noise_levels &levels);
    NoiseLevels(NoiseLevels &&) = default; // the table stays where it is
    NoiseLevels &operator=(NoiseLevels &&) = default;
    const able_noise_levels &abi() const noexcept { return abi_; }

private:
    std::vector<double> table_;
    able_noise_levels abi_;
};

// An opened adapter file.
class AdapterFile {
public:
    // `params` are of the adapter's descriptor.
    AdapterFile(const able_adapter &adapter, const able_source *source, const Model &model, const ParamValues &params,
                const JobContext &job);
    // Some of its changes, by their numbers, as a file of their own. `whole` must outlive it.
    static AdapterFile part(const AdapterFile &whole, std::vector<std::uint32_t> deltas);
    AdapterFile(AdapterFile &&other) noexcept : file_(std::exchange(other.file_, nullptr)) {}
    AdapterFile &operator=(AdapterFile &&) = delete;
    ~AdapterFile();
    const able_adapter_file *get() const noexcept { return file_; }
    std::uint32_t delta_count() const noexcept { return file_->delta_count(file_); }
    // How many tokens its new word takes up; 0: it has none. Throws CallError.
    std::uint32_t word_tokens() const;
    std::vector<std::string> unmatched() const;

private:
    explicit AdapterFile(able_adapter_file *file) noexcept : file_(file) {}

    able_adapter_file *file_ = nullptr;
};

struct AdapterUse {
    const AdapterFile *file = nullptr;
    double unet_strength = 1, text_strength = 1;
    std::vector<std::string> words = {}; // what prompts call the file's new word
};

// A component beside the model; see able_component.
struct Component {
    std::string role;
    const able_source *source = nullptr;
};

// The arguments of able_pipeline.load; see able_load_request. `components` begins with the model.
struct LoadRequest {
    std::vector<Component> components;
    std::string device = "auto", dtype = "auto";
    std::uint32_t threads = 0;
    std::int32_t tiling = ABLE_TILING_AUTO;
    std::int32_t offload = ABLE_OFFLOAD_AUTO;
    const able_params *params = nullptr; // null: all at their defaults
};

// A piece of prompt; see able_text_segment.
struct TextSegment {
    std::string text;
    double weight = 1;
    bool is_break = false;
};

// See able_text_request.
struct TextRequest {
    std::vector<TextSegment> segments;
    std::int32_t role = ABLE_PROMPT_POSITIVE;
    std::int32_t weighting = ABLE_WEIGHTING_MEAN;
    std::uint32_t clip_skip = 0;
    std::uint32_t width = 0, height = 0; // of the image, in pixels
    const able_params *params = nullptr; // null: all at their defaults
};

// One chunk of a prompt as one text encoder gets it; see able_token_chunk. What lies outside the text is left out.
struct TokenChunk {
    std::uint32_t encoder = 0;
    std::string encoder_name, tokenizer_name;
    std::uint32_t room = 0;
    std::vector<std::uint32_t> ids;
    std::vector<double> weights;
    std::vector<std::uint32_t> words;
};

// A new word of prompts; see able_word.
struct Word {
    std::vector<std::string> names;
    std::uint64_t tokens = 0;
};

// A loaded model. Throws CallError from every call that fails.
class Model {
public:
    Model(const able_pipeline &pipeline, const LoadRequest &request, const JobContext &job);
    Model(const Model &) = delete;
    Model &operator=(const Model &) = delete;
    ~Model();

    const able_model_info &info() const noexcept { return *model_->info; }
    // With every function: what the model leaves out of them, the host works out by way of download and upload.
    const able_ops &ops() const noexcept { return ops_; }
    const able_targets *targets() const noexcept { return model_->targets; } // null: it takes no adapters
    std::string device() const { return model_->device; }
    std::string dtype() const { return model_->dtype; }
    // See able_model.memory; nothing from a model that does not say.
    std::optional<able_memory> memory(std::uint32_t width, std::uint32_t height, std::uint32_t batch) const noexcept;
    // Checked: finite, rising, with what their kind needs.
    NoiseLevels levels(std::uint32_t width, std::uint32_t height, std::uint32_t steps, const able_params *params,
                       const JobContext &job);

    void set_adapters(std::span<const AdapterUse> uses, const JobContext &job);
    // Refuses what the model does not honour of a prompt.
    Conditioning encode_text(const TextRequest &wanted, const JobContext &job);
    Tensor encode_image(const able_image &image, const Tensor &noise, const able_params *params, const JobContext &job);
    // Whether the model is an inpainting model: it needs what make_inpaint makes for every evaluation.
    bool inpaints() const noexcept { return inpaint_ != nullptr; }
    // `mask`: a value for each pixel of `image`, 1 where it is to be painted.
    Input make_inpaint(const able_image &image, std::span<const float> mask, const Tensor &noise,
                       const JobContext &job);
    // How many branches deep features can be of; 0: the model keeps none.
    std::uint32_t branch_count() const noexcept;
    // Empty ones; `branch` is below branch_count().
    Input make_deep_features(std::uint32_t branch, const JobContext &job);
    // An extension of the model by its id; null if it has none.
    template <class Extension>
    const Extension *extension(const char *id) const noexcept {
        return model_->get_extension == nullptr ? nullptr
                                                : static_cast<const Extension *>(model_->get_extension(model_, id));
    }
    able_model *abi() const noexcept { return model_; }
    // The status is the caller's to handle: it may stand inside a sampler's callback.
    able_status denoise(const Evaluation &evaluation, const JobContext &job) noexcept;
    void decode(const Tensor &latents, able_image &image, const JobContext &job);
    // False if the pipeline cannot preview.
    bool preview(const able_tensor *denoised, able_image &image) noexcept;
    // A tensor of `shape` holding `values`.
    Tensor upload(std::span<const std::int64_t> shape, std::span<const float> values, const JobContext &job) const;
    std::vector<float> download(const Tensor &tensor, std::size_t count, const JobContext &job) const;

private:
    const able_params *or_defaults(const able_params *params) const noexcept {
        return params != nullptr ? params : defaults_.abi();
    }

    DefaultParams defaults_; // of the pipeline
    std::string who_;        // for messages
    able_model *model_ = nullptr;
    able_ops ops_{};
    const able_inpaint *inpaint_ = nullptr; // of an inpainting model
    const able_deep_cache *deep_ = nullptr; // of one that keeps deep features
};

// What a schedule is asked for; see able_schedule_request.
struct ScheduleRequest {
    const able_model_info *info = nullptr;
    const able_noise_levels *levels = nullptr;
    std::uint32_t width = 0, height = 0, steps = 0;
};

// The falling noise levels of a schedule, checked: finite, falling, at least two. Throws CallError.
std::vector<double> sigmas(const able_schedule &schedule, const ScheduleRequest &request, const ParamValues &params,
                           const JobContext &job);

// Runs a sampler. The status is the sampler's; who changed the process's state is logged.
able_status sample(const able_sampler &sampler, const able_sampling &run, const JobContext &job) noexcept;

// What a plugin thinks of a source; nothing but `why` if it fails.
able_model_probe probe(const able_pipeline &pipeline, const able_source *source) noexcept;
able_adapter_probe probe(const able_adapter &adapter, const able_source *source) noexcept;
// Whether the source fills the role beside a model, for a pipeline that says so.
bool fills(const able_model_probe &probe, const std::string &role) noexcept;

// What a job adds to what is resident: its phases come one after the other.
inline std::uint64_t at_peak(const able_memory &memory) noexcept {
    return std::max({memory.encode, memory.evaluate, memory.decode});
}

// What loading this, and then a job, would take; nothing from a pipeline that cannot say. Throws CallError if it cannot
// be loaded so.
std::optional<able_memory> estimate(const able_pipeline &pipeline, const LoadRequest &request, std::uint32_t width,
                                    std::uint32_t height, std::uint32_t batch, const JobContext &job);

// Checks whether loading this would succeed, as far as names, shapes and texts tell. Returns notes for the model's
// user, a line each. Throws CallError with the reason if it would not. A pipeline without check() accepts everything.
std::vector<std::string> check_files(const able_pipeline &pipeline, const LoadRequest &request);

// The chunks of a prompt, the first encoder's first; nothing from a pipeline that cannot say. Throws CallError.
std::optional<std::vector<TokenChunk>> tokenize(const able_pipeline &pipeline, std::span<const Component> components,
                                                std::span<const TextSegment> segments, std::span<const Word> words,
                                                const able_params *params, const JobContext &job);

} // namespace able::plugins
