// The tiny model, loaded through the real plugin, with the ABI's calls as plain functions. A call that fails throws
// able::Error with the status and the text that the job was given.
#pragma once

#include "golden_data.h"
#include "test_job.h"

#include <ablerefusal/ablerefusal.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace able::golden {

struct LoadOptions {
    const char *device = "cpu";
    const char *dtype = "fp32";
    uint32_t threads = 1; // the tiny model gains nothing from more
};

// The host's source over the tiny model's folder.
const able_source *tiny_source();

class LoadedModel {
public:
    explicit LoadedModel(const LoadOptions &options = {}, const able_source *source = tiny_source());
    ~LoadedModel();
    LoadedModel(const LoadedModel &) = delete;
    LoadedModel &operator=(const LoadedModel &) = delete;

    able_model *abi() { return model_; }
    const able_model_info &info() const { return *model_->info; }
    const able_ops *ops() const { return model_->ops; }
    TestJob &job() { return job_; }

    using Tensor = std::unique_ptr<able_tensor, std::function<void(able_tensor *)>>;
    using Conditioning = std::unique_ptr<able_conditioning, std::function<void(able_conditioning *)>>;

    Tensor tensor(const Array &values);
    Array values(const able_tensor *tensor) const;
    Conditioning encode(const std::string &prompt, uint32_t clip_skip = 1);
    Array context(const able_conditioning *conditioning);
    std::vector<uint32_t> tokens(const std::string &text);
    Array denoise(const Array &x, double sigma, std::span<const able_conditioning *const> conditionings,
                  size_t wanted = 0);
    std::vector<float> decode(const Array &latents); // of sample 0, [height, width, 3]
    Array encode_image(std::vector<float> &pixels, uint32_t width, uint32_t height, const Array *noise);
    void check(able_status status);

private:
    TestJob job_;
    able_model *model_ = nullptr;
};

// The shared fp32 model of the tests that leave it as it is.
LoadedModel &tiny_model();

} // namespace able::golden
