// One run of a sampler over one image: the host's side of able_sampling.
#pragma once

#include "arena_ops.h"
#include "brownian.h"
#include "guidance.h"
#include "host/worker/prompts/prompt_plan.h"
#include "image_noise.h"
#include "inpaint_latents.h"

#include "host/plugins/calls/calls.h"

#include <ablerefusal/sampler.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace able::worker {

// What a run is guided by.
struct GuidedPrompts {
    PromptPlan *plan = nullptr; // without an unconditional prompt where `scale` is 1 and there is no negative one
    double scale = 1;
    protocol::GuidanceOptions options;
    protocol::DeepCacheOptions deep_cache = {};
    const able_params *pipeline_params = nullptr; // null: all at their defaults
};

// The run that this one is a part of, where another model takes the rest of the steps.
struct WholeRun {
    std::vector<double> sigmas;         // all of them
    std::uint32_t first_evaluation = 0; // that prompts' schedules count from
};

class SamplingRun {
public:
    // `levels` are the model's, `sigmas` those to visit. `on_step(steps_done, denoised)` follows each step. `whole` has
    // `sigmas` in it; empty, it is the same. All references outlive the run.
    SamplingRun(plugins::Model &model, const plugins::JobContext &job, const GuidedPrompts &prompts, ImageNoise &noise,
                const InpaintLatents &inpaint, const able_noise_levels &levels, std::vector<double> sigmas,
                const plugins::ParamValues &params, std::function<void(std::uint32_t, const able_tensor *)> on_step,
                WholeRun whole = {});
    SamplingRun(const SamplingRun &) = delete;
    SamplingRun &operator=(const SamplingRun &) = delete;

    // Turns `x`, latents of `elements` values at the first sigma, into latents at the last, in place. Throws CallError.
    void run(const able_sampler &sampler, plugins::Tensor &x, std::size_t elements);

private:
    static SamplingRun &self(const able_sampling *s) noexcept { return *static_cast<SamplingRun *>(s->host); }
    able_status denoise(const able_tensor *x, double sigma, able_tensor *out) noexcept;
    able_status denoise_pair(const able_tensor *x, double sigma, able_tensor *out, able_tensor *unconditional) noexcept;
    able_status check_call(const able_tensor *x, double sigma, const able_tensor *out,
                           const able_tensor *unconditional) const noexcept;
    able_status denoise_unguided(const able_tensor *x, double sigma, able_tensor *out) noexcept;
    able_status denoise_guided(const able_tensor *x, double sigma, able_tensor *out,
                               able_tensor *unconditional) noexcept;
    able_status keep_original(able_tensor *denoised) noexcept;
    able_status noise(able_tensor *out, double sigma_from, double sigma_to) noexcept;
    able_status step(std::uint32_t index, const able_tensor *denoised) noexcept;

    plugins::Model &model_;
    const plugins::JobContext &job_;
    GuidedPrompts prompts_;
    ImageNoise &noise_;
    const InpaintLatents &inpaint_;
    const able_noise_levels &levels_;
    std::vector<double> sigmas_;
    WholeRun whole_;
    const plugins::ParamValues &params_;
    std::function<void(std::uint32_t, const able_tensor *)> on_step_;
    std::optional<BrownianTree> brownian_; // for a sampler that asks for it
    std::vector<float> noise_values_;
    LevelRange guided_;
    std::optional<Guidance> guidance_;
    plugins::Tensor unconditional_, negative_; // estimates, kept between evaluations
};

} // namespace able::worker
