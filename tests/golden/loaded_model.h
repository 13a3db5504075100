// A tiny model, loaded through the real plugin, with the ABI's calls as plain functions. A call that fails throws
// able::Error with the status and the text that the job was given.
#pragma once

#include "golden_data.h"
#include "test_job.h"

#include <ablerefusal/ablerefusal.h>

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace able::golden {

struct LoadOptions {
    const char *device = "cpu";
    const char *dtype = "fp32";
    uint32_t threads = 1; // the tiny models gain nothing from more
    int32_t tiling = ABLE_TILING_AUTO;
    const able_source *vae = nullptr;
};

// An able_load_request for a model, with parameters at their defaults.
class LoadArguments {
public:
    LoadArguments(const able_source *source, const LoadOptions &options);
    LoadArguments(const LoadArguments &) = delete;
    LoadArguments &operator=(const LoadArguments &) = delete;
    const able_load_request *abi() const { return &request_; }

private:
    std::array<able_component, 2> components_;
    std::array<const able_component *, 2> pointers_;
    able_params params_;
    able_load_request request_;
};

// SD 1.5's set, and the host's source over its model's folder.
const GoldenSet &sd15_set();
const able_source *tiny_source();

// What the pipeline that recognises the source says of its memory, with a picture of side x side pixels in batches
// of 2.
able_memory estimate(const able_source *source, const LoadOptions &options, uint32_t side);

struct Prompt {
    std::string text;
    uint32_t clip_skip = 0;
    int32_t role = ABLE_PROMPT_POSITIVE;
    uint32_t width = 64, height = 64; // of the picture
};

class LoadedModel {
public:
    // The set's model, by the pipeline that recognises it.
    explicit LoadedModel(const GoldenSet &golden, const LoadOptions &options = {});
    // SD 1.5's, or one like it.
    explicit LoadedModel(const LoadOptions &options = {}, const able_source *source = tiny_source());
    LoadedModel(const GoldenSet &golden, const LoadOptions &options, const able_source *source,
                const able_pipeline &pipeline);
    ~LoadedModel();
    LoadedModel(const LoadedModel &) = delete;
    LoadedModel &operator=(const LoadedModel &) = delete;

    const GoldenSet &golden() const { return *golden_; }
    able_model *abi() { return model_; }
    const able_model_info &info() const { return *model_->info; }
    const able_ops *ops() const { return model_->ops; }
    // Of an inpainting model; null for any other.
    const able_inpaint *inpaint() const {
        return static_cast<const able_inpaint *>(model_->get_extension(model_, ABLE_EXTENSION_INPAINT));
    }
    TestJob &job() { return job_; }

    using Tensor = std::unique_ptr<able_tensor, std::function<void(able_tensor *)>>;
    using Conditioning = std::unique_ptr<able_conditioning, std::function<void(able_conditioning *)>>;

    Tensor tensor(const Array &values);
    Array values(const able_tensor *tensor) const;
    Conditioning encode(const Prompt &prompt);
    Conditioning encode(const std::string &text, uint32_t clip_skip = 0) { return encode(Prompt{text, clip_skip}); }
    Array context(const able_conditioning *conditioning) { return part(conditioning, "context"); }
    Array part(const able_conditioning *conditioning, const char *name); // empty if there is none
    std::vector<uint32_t> tokens(const std::string &text, uint32_t encoder = 0);
    Array denoise(const Array &x, double sigma, std::span<const able_conditioning *const> conditionings,
                  size_t wanted = 0);
    // able_model.denoise.
    able_status evaluate(const able_tensor *x, double sigma, std::span<const able_conditioning *const> conditionings,
                         std::span<able_tensor *const> outs, std::span<const able_input_use> inputs = {},
                         const able_job *job = nullptr) noexcept;
    std::vector<float> decode(const Array &latents); // of sample 0, [height, width, 3]
    Array encode_image(std::vector<float> &pixels, uint32_t width, uint32_t height, const Array *noise);
    using Input = std::unique_ptr<able_input, std::function<void(able_input *)>>;
    Input make_inpaint(std::vector<float> &pixels, uint32_t width, uint32_t height, const std::vector<float> &mask,
                       const Array *noise);
    // What make_inpaint makes, as the network is shown it.
    Array encode_inpaint(std::vector<float> &pixels, uint32_t width, uint32_t height, const std::vector<float> &mask,
                         const Array *noise);
    // An input that shows the network just these channels.
    Input inpaint_input(const Array &channels);
    able_memory memory(uint32_t width, uint32_t height, uint32_t batch);
    void check(able_status status);

private:
    const GoldenSet *golden_;
    const able_source *source_;
    const able_pipeline *pipeline_;
    TestJob job_;
    able_model *model_ = nullptr;
};

// The shared fp32 models of the tests that leave them as they are.
LoadedModel &shared_model(const GoldenSet &golden);
LoadedModel &tiny_model(); // SD 1.5's

} // namespace able::golden
