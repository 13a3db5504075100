// One run of a sampler over one image: the host's side of able_sampling, guidance included.
#pragma once

#include "arena_ops.h"
#include "brownian.h"
#include "noise.h"

#include "host/plugins/calls.h"

#include <ablerefusal/sampler.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace able::worker {

struct Guidance {
    const plugins::Conditioning *positive = nullptr;
    const plugins::Conditioning *negative = nullptr; // null where `scale` is 1
    double scale = 1;
    // Makes the negative prompt's for a sampler that wants the unconditional estimate all the same. Throws CallError.
    std::function<const plugins::Conditioning &()> encode_negative;
};

class SamplingRun {
public:
    // `on_step(steps_done, denoised)` follows each step. All references outlive the run.
    SamplingRun(plugins::Model &model, const plugins::JobContext &job, const Guidance &guidance, TorchGenerator &noise,
                std::vector<double> sigmas, const plugins::ParamValues &params,
                std::function<void(std::uint32_t, const able_tensor *)> on_step);
    SamplingRun(const SamplingRun &) = delete;
    SamplingRun &operator=(const SamplingRun &) = delete;

    // Turns `x`, latents of `elements` values at the first sigma, into latents at the last, in place. Throws CallError.
    void run(const able_sampler &sampler, plugins::Tensor &x, std::size_t elements);

private:
    static SamplingRun &self(const able_sampling *s) noexcept { return *static_cast<SamplingRun *>(s->host); }
    able_status denoise(const able_tensor *x, double sigma, able_tensor *out, able_tensor *unconditional) noexcept;
    able_status denoise_pair(const able_tensor *x, double sigma, able_tensor *out, able_tensor *unconditional) noexcept;
    able_status noise(able_tensor *out, double sigma_from, double sigma_to) noexcept;
    able_status step(std::uint32_t index, const able_tensor *denoised) noexcept;

    plugins::Model &model_;
    const plugins::JobContext &job_;
    Guidance guidance_;
    TorchGenerator &noise_;
    std::vector<double> sigmas_;
    const plugins::ParamValues &params_;
    std::function<void(std::uint32_t, const able_tensor *)> on_step_;
    std::optional<BrownianTree> brownian_; // for a sampler that asks for it
    std::vector<float> noise_values_;
    plugins::Tensor unconditional_; // kept between evaluations
};

} // namespace able::worker
