// The last steps of an image, by a second model.
#pragma once

#include "host/worker/models/loaded_model.h"
#include "sampling_run.h"

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace able::worker {

// How many of the steps the first model takes: those that begin at a training timestep of (1 - start) * all or later,
// as diffusers' denoising_end and denoising_start have it (StableDiffusionXLPipeline.__call__ and
// StableDiffusionXLImg2ImgPipeline.get_timesteps, 0.42.1). `sigmas` fall.
std::size_t steps_before_refiner(const able_noise_levels &levels, const std::vector<double> &sigmas, double start);

// What a job's images share on the refiner's side. The refiner goes on at the noise level where the base model stops,
// with prompts of its own encoding and the same guidance, and with the image's noise as it stands.
class RefinerStage {
public:
    // Cuts `sigmas` after the base model's last step. Throws CallError if one of the two models would have no step, or
    // their latents differ.
    RefinerStage(const plugins::Model &base, const able_noise_levels &levels, LoadedModel &refiner,
                 const protocol::Generate &spec, plugins::JobContext &job, std::vector<double> &sigmas);

    plugins::Model &model() { return refiner_.model(); }
    LoadedModel &loaded() { return refiner_; }

    // Encodes an image's prompts. Schedules count evaluations: `evaluations_a_step` of them are a step.
    void use_prompt(const protocol::ImagePrompt &prompt, std::uint32_t evaluations_a_step);
    // `inpaint` of the base model, of latents [1, c, h, w], as tensors of the refiner's. Throws CallError.
    InpaintLatents taken_over(const InpaintLatents &inpaint, const plugins::Model &base,
                              std::array<std::int64_t, 4> shape);
    // The base model's last latents, as fp32 values, to the refiner's. `whole` is both models' run;
    // `on_step(steps_done, denoised)` counts the refiner's own steps.
    plugins::Tensor run(std::span<const std::int64_t> shape, const std::vector<float> &latents,
                        const able_sampler &sampler, const plugins::ParamValues &params, ImageNoise &noise,
                        const InpaintLatents &inpaint, const WholeRun &whole,
                        std::function<void(std::uint32_t, const able_tensor *)> on_step);

private:
    LoadedModel &refiner_;
    const protocol::Generate &spec_;
    plugins::JobContext &job_;
    plugins::NoiseLevels levels_; // of the refiner
    std::vector<double> sigmas_;
    std::optional<PromptPlan> plan_;
};

} // namespace able::worker
