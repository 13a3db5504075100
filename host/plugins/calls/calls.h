// The only place that calls through the ABI: null checks, statuses to errors, ownership. Everything that a plugin hands
// out is wrapped here, so that nobody else dereferences a plugin's function table.
#pragma once

#include "host/plugins/describe/param_values.h"

#include <ablerefusal/ablerefusal.h>

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

// Whether the adapter takes the parameters of its descriptor, see able_adapter.open_with.
bool takes_params(const able_adapter &adapter) noexcept;

// Deep features of a model; outlived by it.
class DeepFeatures {
public:
    DeepFeatures(able_model *model, const able_deep_cache *calls, able_deep_features *features) noexcept
        : model_(model), calls_(calls), features_(features) {}
    DeepFeatures(DeepFeatures &&other) noexcept;
    DeepFeatures &operator=(DeepFeatures &&) = delete;
    ~DeepFeatures();
    able_deep_features *get() const noexcept { return features_; }

private:
    able_model *model_;
    const able_deep_cache *calls_;
    able_deep_features *features_;
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
};

// A loaded model. Throws CallError from every call that fails.
class Model {
public:
    Model(const able_pipeline &pipeline, const able_source *source, const able_load_options &options,
          const JobContext &job);
    Model(const Model &) = delete;
    Model &operator=(const Model &) = delete;
    ~Model();

    const able_model_info &info() const noexcept { return *model_->info; }
    const able_ops &ops() const noexcept { return *model_->ops; }
    const able_targets *targets() const noexcept { return model_->targets; }
    std::string device() const { return model_->device; }
    std::string dtype() const { return model_->dtype; }
    // Bytes in use, and that a job of this size would add; see able_model.memory. 0 if the pipeline does not say.
    std::uint64_t memory(std::uint32_t width, std::uint32_t height, std::uint32_t batch) const noexcept;

    void set_adapters(std::span<const AdapterUse> uses, const JobContext &job);
    Conditioning encode_text(const TextRequest &wanted, const JobContext &job);
    Tensor encode_image(const able_image &image, const Tensor &noise, const JobContext &job);
    // Whether the model is an inpainting model: it needs what encode_inpaint makes for every evaluation.
    bool inpaints() const noexcept { return inpaint_ != nullptr; }
    // `mask`: a value for each pixel of `image`, 1 where it is to be painted.
    Tensor encode_inpaint(const able_image &image, std::span<const float> mask, const Tensor &noise,
                          const JobContext &job);
    // `channels`: of an inpainting model, what encode_inpaint made; null for any other. The status is the caller's to
    // handle: it may stand inside a sampler's callback.
    able_status denoise(const able_tensor *x, double sigma, std::span<const able_conditioning *const> conditionings,
                        std::span<able_tensor *const> outs, const JobContext &job,
                        const able_tensor *channels = nullptr) noexcept;
    // How many branches deep features can be of; 0: the model keeps none.
    std::uint32_t branch_count() const noexcept;
    // Empty ones; `branch` is below branch_count().
    DeepFeatures make_deep_features(std::uint32_t branch, const JobContext &job);
    // denoise() that keeps the deep features of each conditioning, or with `reuse` takes those that were kept.
    able_status denoise(const able_tensor *x, double sigma, std::span<const able_conditioning *const> conditionings,
                        std::span<able_deep_features *const> features, bool reuse, std::span<able_tensor *const> outs,
                        const JobContext &job, const able_tensor *channels) noexcept;
    void decode(const Tensor &latents, able_image &image, const JobContext &job);
    // False if the pipeline cannot preview.
    bool preview(const able_tensor *denoised, able_image &image) noexcept;
    // A tensor of `shape` holding `values`.
    Tensor upload(std::span<const std::int64_t> shape, std::span<const float> values, const JobContext &job) const;
    std::vector<float> download(const Tensor &tensor, std::size_t count, const JobContext &job) const;

private:
    able_model *model_ = nullptr;
    const able_inpaint *inpaint_ = nullptr; // of an inpainting model
    const able_deep_cache *deep_ = nullptr; // of one that keeps deep features
};

// The falling noise levels of a schedule, checked: finite, falling, at least two. Throws CallError.
std::vector<double> sigmas(const able_schedule &schedule, const able_model_info &info, std::uint32_t steps,
                           const ParamValues &params, const JobContext &job);

// What a plugin thinks of a source; score 0 if it fails.
able_probe probe(const able_pipeline &pipeline, const able_source *source) noexcept;
able_probe probe(const able_adapter &adapter, const able_source *source) noexcept;
// The same of an autoencoder alone; score 0 of a pipeline that takes none.
able_probe probe_vae(const able_pipeline &pipeline, const able_source *source) noexcept;

// What loading the source with these options, and then a job, would take; nothing from a pipeline that cannot say.
// Throws CallError if the source cannot be loaded so.
std::optional<able_memory> estimate(const able_pipeline &pipeline, const able_source *source,
                                    const able_load_options &options, std::uint32_t width, std::uint32_t height,
                                    std::uint32_t batch, const JobContext &job);

} // namespace able::plugins
