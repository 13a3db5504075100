#include "refiner_stage.h"

#include <cmath>

namespace able::worker {

std::size_t steps_before_refiner(const able_noise_levels &levels, const std::vector<double> &sigmas, double start) {
    const double all = able_last_timestep(&levels) + 1;
    const double cutoff = std::nearbyint(all - start * all); // half to even, as Python's round
    // A level that lies on a timestep may come out a rounding error beside it.
    constexpr double rounding = 1e-4;
    std::size_t steps = 0;
    while (steps + 1 < sigmas.size() && able_sigma_to_timestep(&levels, sigmas[steps]) >= cutoff - rounding) {
        ++steps;
    }
    return steps;
}

RefinerStage::RefinerStage(const plugins::Model &base, const able_noise_levels &levels, LoadedModel &refiner,
                           const protocol::Generate &spec, plugins::JobContext &job, std::vector<double> &sigmas)
    : refiner_(refiner), spec_(spec), job_(job),
      levels_(refiner.model().levels(spec.width, spec.height, spec.steps, nullptr, job)) {
    const able_model_info &from = base.info();
    const able_model_info &to = refiner.model().info();
    if (from.latent_channels != to.latent_channels || from.scale_factor != to.scale_factor) {
        throw plugins::CallError(ABLE_UNSUPPORTED, "the refiner '" + spec.refiner_id +
                                                       "' works on other latents than the model '" + spec.model_id +
                                                       "'; take one of the same family");
    }
    if (base.inpaints() || refiner.model().inpaints()) {
        throw plugins::CallError(ABLE_UNSUPPORTED,
                                 "a model that was trained for inpainting takes no part in a job with "
                                 "a refiner; leave the refiner out, or take another model");
    }
    check_deep_cache(refiner.model(), refiner.pipeline(), spec.deep_cache);
    const std::size_t own = steps_before_refiner(levels, sigmas, spec.refiner_start);
    const std::size_t all = sigmas.size() - 1;
    if (own == 0 || own == all) {
        throw plugins::CallError(ABLE_INVALID_ARGUMENT,
                                 "a refiner_start of " + nlohmann::json(spec.refiner_start).dump() +
                                     " leaves none of the " + std::to_string(all) + " steps to the " +
                                     (own == 0 ? "model; raise it, or name the refiner as the model"
                                               : "refiner; lower it, raise steps, or leave the refiner out"));
    }
    const auto cut = sigmas.begin() + static_cast<std::ptrdiff_t>(own);
    sigmas_.assign(cut, sigmas.end());
    sigmas.erase(cut + 1, sigmas.end());
}

void RefinerStage::use_prompt(const protocol::ImagePrompt &prompt, std::uint32_t evaluations_a_step) {
    plan_.reset();
    refiner_.apply({}, prompt.embeddings, job_);
    plan_.emplace(make_prompt_plan(spec_, prompt, model(), nullptr, evaluations_a_step, job_));
}

InpaintLatents RefinerStage::taken_over(const InpaintLatents &inpaint, const plugins::Model &base,
                                        std::array<std::int64_t, 4> shape) {
    InpaintLatents own;
    if (inpaint.mask) {
        const auto copied = [&](const plugins::Tensor &tensor) {
            const auto count = static_cast<std::size_t>(shape[1] * shape[2] * shape[3]);
            return model().upload(shape, base.download(tensor, count, job_), job_);
        };
        own.original = copied(inpaint.original);
        shape[1] = 1;
        own.mask = copied(inpaint.mask);
    }
    return own;
}

plugins::Tensor RefinerStage::run(std::span<const std::int64_t> shape, const std::vector<float> &latents,
                                  const able_sampler &sampler, const plugins::ParamValues &params, ImageNoise &noise,
                                  const InpaintLatents &inpaint, const WholeRun &whole,
                                  std::function<void(std::uint32_t, const able_tensor *)> on_step) {
    plugins::Tensor x = model().upload(shape, latents, job_);
    const GuidedPrompts prompts{&*plan_, spec_.cfg_scale, spec_.guidance, spec_.deep_cache};
    SamplingRun run(model(), job_, prompts, noise, inpaint, levels_.abi(), sigmas_, params, std::move(on_step), whole);
    run.run(sampler, x, latents.size());
    return x;
}

} // namespace able::worker
