#include "runner.h"

#include "host/worker/canvas/canvas.h"
#include "host/worker/record/image_record.h"
#include "host/worker/sampling/image_noise.h"
#include "host/worker/sampling/refiner_stage.h"
#include "host/worker/sampling/sampling_run.h"

#include "host/base/atomic_file.h"
#include "host/images/png.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace able::worker {

namespace {

std::string who(const char *noun, const Origin &origin) {
    return std::string(noun) + " '" + origin.id + "' (plugin " + origin.plugin + " " + origin.version + ", " +
           origin.path + ")";
}

able_image view_of(std::vector<float> &pixels, std::uint32_t width, std::uint32_t height) {
    auto image = make_struct<able_image>();
    image.width = width;
    image.height = height;
    pixels.resize(std::size_t{width} * height * 3);
    image.pixels = pixels.data();
    return image;
}

// round(255 y), half to even, as numpy's round in diffusers' VaeImageProcessor.
images::Image to_8_bit(const able_image &image) {
    images::Image out{image.width, image.height, {}};
    const std::size_t count = std::size_t{image.width} * image.height * 3;
    out.rgb.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        const float value = image.pixels[i];
        out.rgb[i] = static_cast<std::uint8_t>(std::nearbyint(255.0F * std::clamp(value, 0.0F, 1.0F)));
    }
    return out;
}

} // namespace

// One job in progress: what its images share, and the steps to each.
class JobRun {
public:
    JobRun(const std::string &job_id, const protocol::Generate &spec, plugins::JobContext &job, const Tell &tell,
           plugins::Model &model, ModelHolder &holder, const Loaded<able_sampler> &sampler,
           const std::optional<Loaded<able_schedule>> &schedule)
        : job_id_(job_id), spec_(spec), job_(job), tell_(tell), model_(model), holder_(holder), sampler_(sampler),
          schedule_(schedule), sampler_params_(sampler.description->params, spec.sampler_params),
          pipeline_params_(holder.base().params(), spec.pipeline_params),
          levels_(model.levels(spec.width, spec.height, spec.steps, pipeline_params_.abi(), job)),
          canvas_(spec, model, pipeline_params_.abi(), job) {
        check_size();
        check_deep_cache(model_, holder_.pipeline(), spec_.deep_cache);
        make_sigmas();
        whole_.sigmas = sigmas_;
        if (holder_.refiner() != nullptr) {
            refiner_.emplace(model_, levels_.abi(), *holder_.refiner(), spec_, job_, sigmas_);
        }
    }

    void make(std::uint32_t index) {
        use_prompt(protocol::prompt_of(spec_, index));
        const std::uint64_t seed = spec_.seed + index;
        protocol::NoiseOptions options = spec_.noise;
        options.subseed += index;
        ImageNoise noise(seed, options, {info().latent_channels, latent_height(), latent_width()}, info().scale_factor);
        if (canvas_.has_picture() || model_.inpaints()) {
            tell_(protocol::Phase{"encoding", 0, who("pipeline", holder_.pipeline())});
        }
        auto [x, inpaint] = canvas_.start(noise, sigmas_.front());

        if (steps() > 0) {
            sample(index, x, noise, inpaint);
        }

        tell_(protocol::Phase{"decoding", 0, who("pipeline", last().pipeline())});
        std::vector<float> pixels;
        able_image image = view_of(pixels, spec_.width, spec_.height);
        last().model().decode(x, image, job_);
        save(index, seed, canvas_.finish(to_8_bit(image)));
    }

private:
    const able_model_info &info() const { return model_.info(); }
    LoadedModel &last() { return refiner_ ? refiner_->loaded() : holder_.base(); }
    std::uint32_t steps() const { return static_cast<std::uint32_t>(whole_.sigmas.size() - 1); }

    // Takes x from the first sigma to the last.
    void sample(std::uint32_t index, plugins::Tensor &x, ImageNoise &noise, const InpaintLatents &inpaint) {
        tell_(protocol::Phase{"sampling", 0, who("sampler", sampler_.origin)});
        const GuidedPrompts prompts{&*plan_, spec_.cfg_scale, spec_.guidance, spec_.deep_cache, pipeline_params_.abi()};
        SamplingRun run(
            model_, job_, prompts, noise, inpaint, levels_.abi(), sigmas_, sampler_params_,
            [&](std::uint32_t done, const able_tensor *denoised) { report(model_, index, done, denoised); }, whole_);
        run.run(*sampler_.object, x, elements());
        check_finite(model_, x);
        if (refiner_) {
            x = refine(index, x, noise, inpaint);
        }
    }

    plugins::Tensor refine(std::uint32_t index, const plugins::Tensor &x, ImageNoise &noise,
                           const InpaintLatents &inpaint) {
        const auto base_steps = static_cast<std::uint32_t>(sigmas_.size() - 1);
        WholeRun whole = whole_;
        whole.first_evaluation = base_steps * evaluations_a_step();
        plugins::Tensor refined = refiner_->run(shape(), model_.download(x, elements(), job_), *sampler_.object,
                                                sampler_params_, noise, refiner_->taken_over(inpaint, model_, shape()),
                                                whole, [&](std::uint32_t done, const able_tensor *denoised) {
                                                    report(refiner_->model(), index, base_steps + done, denoised);
                                                });
        check_finite(refiner_->model(), refined);
        return refined;
    }

    // Applies the prompt's LoRAs and encodes it, unless it is the one that is in use.
    void use_prompt(const protocol::ImagePrompt &prompt) {
        if (prompt_ == &prompt) {
            return;
        }
        plan_.reset();
        tell_(protocol::Phase{"encoding", 0, who("pipeline", holder_.pipeline())});
        holder_.base().apply(protocol::loras_of(spec_, prompt), prompt.embeddings, job_);
        plan_.emplace(make_prompt_plan(spec_, prompt, model_, pipeline_params_.abi(), evaluations_a_step(), job_));
        if (refiner_) {
            refiner_->use_prompt(prompt, evaluations_a_step());
        }
        prompt_ = &prompt;
    }

    // As AUTOMATIC1111 counts the steps of samplers that evaluate the model twice in each; see docs/prompts.md.
    std::uint32_t evaluations_a_step() const {
        const double evaluations = sampler_.object->evaluations(spec_.steps);
        return static_cast<std::uint32_t>(std::clamp(std::round(evaluations / spec_.steps), 1.0, 100.0));
    }

    std::uint32_t latent_height() const { return spec_.height / info().scale_factor; }
    std::uint32_t latent_width() const { return spec_.width / info().scale_factor; }

    std::array<std::int64_t, 4> shape() const { return {1, info().latent_channels, latent_height(), latent_width()}; }

    std::size_t elements() const {
        const auto extents = shape();
        return static_cast<std::size_t>(extents[1] * extents[2] * extents[3]);
    }

    void check_size() const {
        const auto multiple = info().size_multiple;
        if (spec_.width % multiple != 0 || spec_.height % multiple != 0) {
            throw plugins::CallError(ABLE_INVALID_ARGUMENT, "width and height must be multiples of " +
                                                                std::to_string(multiple) + " for this model");
        }
    }

    void make_sigmas() {
        sigmas_ = spec_.sigmas;
        if (schedule_) {
            tell_(protocol::Phase{"preparing", 0, who("schedule", schedule_->origin)});
            const plugins::ParamValues params(schedule_->description->params, spec_.schedule_params);
            sigmas_ = plugins::sigmas(*schedule_->object,
                                      {&info(), &levels_.abi(), spec_.width, spec_.height, spec_.steps}, params, job_);
        }
        if (!canvas_.has_picture()) {
            return;
        }
        // The request was refused unless it leaves a step, but a schedule may make fewer steps than it was asked for.
        const auto steps = static_cast<std::uint32_t>(sigmas_.size() - 1);
        const std::uint32_t fewest = spec_.strength > 0 ? 1 : 0;
        const std::uint32_t kept = std::max(protocol::steps_from_picture(steps, spec_.strength), fewest);
        sigmas_.erase(sigmas_.begin(), sigmas_.end() - static_cast<std::ptrdiff_t>(kept + 1));
    }

    void check_finite(const plugins::Model &model, const plugins::Tensor &x) const {
        const auto values = model.download(x, elements(), job_);
        if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
            throw plugins::CallError(ABLE_INTERNAL, "the latents hold NaN or infinity after " +
                                                        who("sampler", sampler_.origin) +
                                                        "; try inference.dtype fp32, or another sampler");
        }
    }

    void report(plugins::Model &model, std::uint32_t index, std::uint32_t done, const able_tensor *denoised) {
        protocol::Step step{index, done, steps(), {}};
        if (spec_.preview > 0 && done % spec_.preview == 0 && denoised != nullptr) {
            std::vector<float> pixels;
            able_image image = view_of(pixels, spec_.width / info().scale_factor, spec_.height / info().scale_factor);
            if (model.preview(denoised, image)) {
                const auto png = images::encode_png(to_8_bit(image));
                const auto *data = reinterpret_cast<const std::uint8_t *>(png.data());
                step.preview_png.assign(data, data + png.size());
            }
        }
        tell_(step);
    }

    void save(std::uint32_t index, std::uint64_t seed, const images::Image &image) {
        const ImageRecord record{spec_,
                                 *prompt_,
                                 seed,
                                 sampler_.origin,
                                 schedule_ ? schedule_->origin : Origin(),
                                 holder_.pipeline(),
                                 holder_.base().hash(),
                                 info().family,
                                 model_.device(),
                                 model_.dtype(),
                                 holder_.base().loras(),
                                 holder_.base().vae_hash(),
                                 refiner_ ? refiner_->loaded().hash() : std::string(),
                                 holder_.base().embeddings(),
                                 steps()};
        auto metadata = image_metadata(record);
        const std::array<images::TextChunk, 2> texts{
            {{"parameters", image_parameters(record)}, {"ablerefusal", metadata.dump()}}};
        const auto path = std::filesystem::path(spec_.output_dir) / (job_id_ + "-" + std::to_string(index) + ".png");
        base::write_file_atomically(path, images::encode_png(image, texts));
        tell_(protocol::ImageDone{index, path.string(), seed, image.width, image.height, std::move(metadata)});
    }

    const std::string &job_id_;
    const protocol::Generate &spec_;
    plugins::JobContext &job_;
    const Tell &tell_;
    plugins::Model &model_;
    ModelHolder &holder_;
    const Loaded<able_sampler> &sampler_;
    const std::optional<Loaded<able_schedule>> &schedule_;
    plugins::ParamValues sampler_params_, pipeline_params_;
    plugins::NoiseLevels levels_; // of the model, for this picture
    std::vector<double> sigmas_;  // of the model's own part
    WholeRun whole_;              // with the refiner's
    std::optional<RefinerStage> refiner_;
    const protocol::ImagePrompt *prompt_ = nullptr; // what plan_ is of
    std::optional<PromptPlan> plan_;
    Canvas canvas_;
};

Runner::Runner(PluginSet &plugins, config::Inference settings)
    : plugins_(plugins), holder_(plugins, std::move(settings)) {}

void Runner::prepare(const ModelsWanted &models, plugins::JobContext &job, const Tell &tell) {
    bool fresh = false;
    const auto loading = [&](const std::string &id, double fraction) {
        fresh = true;
        tell(protocol::Phase{"loading", fraction, "loading model '" + id + "'"});
    };
    try {
        holder_.prepare(models, job, loading);
    } catch (...) { // others may have gone to make room
        tell(protocol::Loaded{holder_.loaded(), false});
        throw;
    }
    tell(protocol::Loaded{holder_.loaded(), fresh});
}

void Runner::run(const protocol::RunTask &task, plugins::JobContext &job, const Tell &tell) {
    std::visit([&](const auto &kind) { run(task.job_id, kind, job, tell); }, task.task);
}

void Runner::run(const std::string & /*job_id*/, const protocol::Load &load, plugins::JobContext &job,
                 const Tell &tell) {
    prepare(models_wanted(load), job, tell);
}

void Runner::run(const std::string &job_id, const protocol::Generate &spec, plugins::JobContext &job,
                 const Tell &tell) {
    prepare(models_wanted(spec), job, tell);
    const auto sampler = plugins_.sampler(spec.sampler);
    const auto schedule = spec.sigmas.empty() ? std::optional(plugins_.schedule(spec.schedule)) : std::nullopt;
    JobRun run(job_id, spec, job, tell, holder_.base().model(), holder_, sampler, schedule);
    for (std::uint32_t index = spec.first_image; index < spec.batch_size; ++index) {
        if (job.cancelled()) {
            throw plugins::CallError(ABLE_CANCELLED, "cancelled");
        }
        run.make(index);
    }
}

} // namespace able::worker
