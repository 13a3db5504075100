#include "sampling_run.h"

#include <ablerefusal/glue.hpp>

namespace able::worker {

SamplingRun::SamplingRun(plugins::Model &model, const plugins::JobContext &job, const GuidedPrompts &prompts,
                         ImageNoise &noise, const InpaintLatents &inpaint, const able_noise_levels &levels,
                         std::vector<double> sigmas, const plugins::ParamValues &params,
                         std::function<void(std::uint32_t, const able_tensor *)> on_step, WholeRun whole)
    : model_(model), job_(job), prompts_(prompts), noise_(noise), inpaint_(inpaint), levels_(levels),
      sigmas_(std::move(sigmas)), whole_(std::move(whole)), params_(params), on_step_(std::move(on_step)) {
    if (whole_.sigmas.empty()) {
        whole_.sigmas = sigmas_;
    }
    guided_ = guided_levels(whole_.sigmas, prompts.options.start, prompts.options.end);
}

void SamplingRun::run(const able_sampler &sampler, plugins::Tensor &x, std::size_t elements) {
    noise_values_.resize(elements);
    const auto &ops = model_.ops();
    for (plugins::Tensor *tensor : {&unconditional_, &negative_}) {
        *tensor = plugins::Tensor(&ops, ops.like(&ops, x.get()));
        if (!*tensor) {
            throw plugins::CallError(ABLE_OUT_OF_MEMORY, "no memory for the latents; try a smaller image");
        }
    }
    std::vector<plugins::InputUse> inputs;
    if (inpaint_.inpainting) {
        inputs.push_back({inpaint_.inpainting->get()});
    }
    prompts_.plan->begin(x.get(), whole_.first_evaluation, std::move(inputs), prompts_.deep_cache,
                         prompts_.pipeline_params);
    guidance_.emplace(ops, model_.info().prediction, prompts_.scale, prompts_.options, x.get());
    // As in k-diffusion, the tree spans all levels above 0; with a single one there is no passage to draw for.
    const auto &all = whole_.sigmas;
    const double low = all.back() > 0 ? all.back() : all[all.size() - 2];
    if ((sampler.descriptor->flags & ABLE_FLAG_BROWNIAN) != 0 && low < all.front()) {
        brownian_.emplace(noise_.seed(), low, all.front(), elements);
    }
    const ArenaOps arena(ops);
    auto s = make_struct<able_sampling>();
    s.steps = static_cast<std::uint32_t>(sigmas_.size() - 1);
    s.sigmas = sigmas_.data();
    s.x = x.get();
    s.params = params_.abi();
    s.info = &model_.info();
    s.levels = &levels_;
    s.job = job_.abi();
    s.ops = arena.abi();
    s.host = this;
    s.denoise = [](const able_sampling *run, const able_tensor *in, double sigma, able_tensor *out) noexcept {
        ABLE_TRY(self(run).denoise(in, sigma, out));
        return self(run).keep_original(out);
    };
    s.denoise_pair = [](const able_sampling *run, const able_tensor *in, double sigma, able_tensor *out,
                        able_tensor *unconditional) noexcept {
        ABLE_TRY(self(run).denoise_pair(in, sigma, out, unconditional));
        ABLE_TRY(self(run).keep_original(unconditional));
        return self(run).keep_original(out);
    };
    s.noise = [](const able_sampling *run, able_tensor *out, double sigma_from, double sigma_to) noexcept {
        return self(run).noise(out, sigma_from, sigma_to);
    };
    s.step = [](const able_sampling *run, std::uint32_t index, const able_tensor *,
                const able_tensor *denoised) noexcept {
        return self(run).step(index, denoised);
    };
    const able_status status = plugins::sample(sampler, s, job_);
    prompts_.plan->end();
    job_.check(status, std::string("sampler '") + sampler.descriptor->id + "'");
}

able_status SamplingRun::check_call(const able_tensor *x, double sigma, const able_tensor *out,
                                    const able_tensor *unconditional) const noexcept {
    if (job_.cancelled()) {
        return ABLE_CANCELLED;
    }
    if (x == nullptr || out == nullptr || unconditional == nullptr || x == out || !(sigma > 0)) {
        return job_.fail(ABLE_INVALID_ARGUMENT, "the sampler called denoise with a NULL tensor, with out = x, or with "
                                                "a sigma that is not above 0");
    }
    return ABLE_OK;
}

able_status SamplingRun::denoise_unguided(const able_tensor *x, double sigma, able_tensor *out) noexcept {
    return prompts_.plan->denoise(x, sigma, {out}, job_);
}

able_status SamplingRun::denoise_guided(const able_tensor *x, double sigma, able_tensor *out,
                                        able_tensor *unconditional) noexcept {
    able_tensor *negative = prompts_.plan->has_negative() ? negative_.get() : nullptr;
    ABLE_TRY(prompts_.plan->denoise(x, sigma, {out, unconditional, negative}, job_));
    if (prompts_.scale == 1 && negative == nullptr) {
        return ABLE_OK; // the conditional estimate is the guided one
    }
    return guidance_->apply({x, sigma, out, unconditional, negative});
}

able_status SamplingRun::denoise(const able_tensor *x, double sigma, able_tensor *out) noexcept {
    ABLE_TRY(check_call(x, sigma, out, unconditional_.get()));
    const bool unguided = prompts_.scale == 1 && !prompts_.plan->has_negative();
    if (unguided || !guided_.contains(sigma)) {
        return denoise_unguided(x, sigma, out);
    }
    return denoise_guided(x, sigma, out, unconditional_.get());
}

able_status SamplingRun::denoise_pair(const able_tensor *x, double sigma, able_tensor *out,
                                      able_tensor *unconditional) noexcept {
    ABLE_TRY(check_call(x, sigma, out, unconditional));
    if (!guided_.contains(sigma)) { // without guidance there is nothing to tell the two apart
        ABLE_TRY(denoise_unguided(x, sigma, out));
        const double one = 1;
        const able_tensor *in = out;
        return model_.ops().lincomb(&model_.ops(), unconditional, 1, &one, &in);
    }
    if (!prompts_.plan->has_unconditional()) { // a scale of 1: nobody has needed it until now
        try {
            prompts_.plan->encode_unconditional();
        } catch (const plugins::CallError &error) {
            return job_.fail(error.status(), error.what());
        } catch (const std::exception &error) {
            return job_.fail(ABLE_INTERNAL, error.what());
        }
    }
    return denoise_guided(x, sigma, out, unconditional);
}

// To the sampler it is as if the model knew what lies outside the mask: whatever formula it follows, what it draws
// there is the original and the noise of the level, and in the end the original.
able_status SamplingRun::keep_original(able_tensor *denoised) noexcept {
    if (!inpaint_.mask) {
        return ABLE_OK;
    }
    const auto &ops = model_.ops();
    return ops.blend(&ops, denoised, denoised, inpaint_.original.get(), inpaint_.mask.get());
}

able_status SamplingRun::noise(able_tensor *out, double sigma_from, double sigma_to) noexcept {
    if (out == nullptr) {
        return job_.fail(ABLE_INVALID_ARGUMENT, "the sampler called noise with a NULL tensor");
    }
    if (brownian_) {
        try {
            brownian_->normal(sigma_from, sigma_to, noise_values_);
        } catch (const std::exception &error) { // no memory for the path
            return job_.fail(ABLE_OUT_OF_MEMORY, error.what());
        }
    } else { // one stream an image: every draw continues it, whatever the noise levels
        noise_.steps().normal(noise_values_);
    }
    return model_.ops().upload(&model_.ops(), out, noise_values_.data(), noise_values_.size());
}

able_status SamplingRun::step(std::uint32_t index, const able_tensor *denoised) noexcept {
    if (job_.cancelled()) {
        return ABLE_CANCELLED;
    }
    try {
        on_step_(std::min<std::uint32_t>(index + 1, static_cast<std::uint32_t>(sigmas_.size() - 1)), denoised);
    } catch (const std::exception &error) {
        return job_.fail(ABLE_INTERNAL, error.what());
    }
    return ABLE_OK;
}

} // namespace able::worker
