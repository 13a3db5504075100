#include "measure.h"

#include "flops.h"
#include "median.h"

#include "host/plugins/describe/discovery.h"
#include "host/worker/main/process_settings.h"
#include "host/worker/models/plugin_set.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <random>
#include <thread>

namespace able::bench {

namespace {

constexpr std::uint32_t context_tokens = 77;
constexpr std::uint32_t decodes = 3;          // that are timed
constexpr std::int64_t full_size_width = 320; // of a Stable Diffusion UNet's first level

template <class Work>
double seconds(const Work &work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// VmRSS or VmHWM of this process, in GiB.
double memory(const std::string &key) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(key + ":")) {
            return std::stod(line.substr(key.size() + 1)) / 1024 / 1024;
        }
    }
    return 0;
}

// A process measures its own peak from here on.
void reset_peak() {
    std::ofstream("/proc/self/clear_refs") << "5";
}

bool has_usual_decoder(const plugins::Model &model) {
    const able_targets *targets = model.targets();
    for (std::uint32_t i = 0; targets != nullptr && i < targets->count(targets); ++i) {
        const able_target *target = targets->at(targets, i);
        if (std::string_view(target->name) == "unet.conv_in.weight") {
            const auto width = target->shape[0];
            return (width == full_size_width || width == 384) && model.info().scale_factor == 8; // 384: the refiner
        }
    }
    return false;
}

class Bench {
public:
    explicit Bench(const Wanted &wanted) : wanted_(wanted) {}

    Report run() {
        plugins::DiscoveryOptions options;
        options.folders = plugins::plugin_folders({}, wanted_.program);
        options.executable = wanted_.program;
        options.cache_dir = std::filesystem::temp_directory_path() / "ablerefusal-bench";
        options.poll_interval = std::chrono::milliseconds(0);
        plugins::Discovery discovery(std::move(options));
        discovery.start();
        worker::PluginSet plugins(plugins::plugins_to_json(*discovery.current()));
        discovery.stop();

        config::Inference settings;
        settings.dtype = wanted_.dtype;
        settings.threads = wanted_.threads;
        report_.threads = wanted_.threads != 0 ? wanted_.threads : std::max(1U, std::thread::hardware_concurrency());
        worker::LoadedModel loaded(plugins, settings, {wanted_.model.stem(), wanted_.model, {}});
        report_.load = seconds([&] { loaded.load(job_, [](double) {}); });
        worker::return_freed_memory(); // as a worker does then
        report_.resident_loaded = memory("VmRSS");
        reset_peak();
        model_ = &loaded.model();
        report_.model = wanted_.model.filename();
        report_.pipeline = loaded.pipeline().id;
        report_.device = model_->device();
        report_.dtype = model_->dtype();
        report_.steps = wanted_.steps;
        report_.branch = wanted_.branch.value_or(0);

        std::vector<plugins::Conditioning> prompts;
        const auto encode = [&](const char *text, std::int32_t role) {
            plugins::TextRequest request;
            request.segments = {{text}};
            request.role = role;
            request.width = wanted_.sizes.front().width;
            request.height = wanted_.sizes.front().height;
            prompts.push_back(model_->encode_text(request, job_));
        };
        const auto encode_both = [&] {
            encode("a lighthouse on a cliff, oil on canvas", ABLE_PROMPT_POSITIVE);
            encode("blurred", ABLE_PROMPT_NEGATIVE);
        };
        encode_both(); // what is done once is not part of it
        prompts.clear();
        report_.text = seconds(encode_both);
        for (const Size size : wanted_.sizes) {
            report_.sizes.push_back(measure(size, prompts));
        }
        report_.peak = memory("VmHWM");
        return report_;
    }

private:
    SizeReport measure(Size size, const std::vector<plugins::Conditioning> &prompts) {
        SizeReport out;
        out.size = size;
        Floor floor(report_.device, report_.dtype, static_cast<int>(report_.threads));
        worker::return_freed_memory();
        const auto &info = model_->info();
        const std::array<std::int64_t, 4> shape{1, info.latent_channels, size.height / info.scale_factor,
                                                size.width / info.scale_factor};
        const Latents latents{2, shape[2], shape[3]};

        const able_noise_levels &table = *info.levels; // of the bundled pipelines
        std::vector<double> sigmas;
        for (std::uint32_t i = 0; i < wanted_.steps; ++i) {
            sigmas.push_back(table.sigmas[table.sigma_count - 1 - i * (table.sigma_count - 1) / wanted_.steps]);
        }
        sigmas.push_back(0);
        std::vector<float> values(static_cast<std::size_t>(shape[1] * shape[2] * shape[3]));
        std::mt19937 random(1);
        std::normal_distribution<float> normal;
        for (float &value : values) {
            value = normal(random) * static_cast<float>(sigmas.front());
        }
        plugins::Tensor x = model_->upload(shape, values, job_);
        plugins::Tensor guided(&model_->ops(), model_->ops().like(&model_->ops(), x.get()));
        plugins::Tensor unguided(&model_->ops(), model_->ops().like(&model_->ops(), x.get()));
        const std::array<const able_conditioning *, 2> conditionings{prompts[0].get(), prompts[1].get()};
        const std::array<able_tensor *, 2> outs{guided.get(), unguided.get()};
        const auto step = [&](std::size_t i) {
            job_.check(model_->denoise({x.get(), sigmas[i], conditionings, outs}, job_), "an evaluation");
            // Euler under a guidance of 7.5. Downloading waits for a device that works by itself.
            const double ratio = sigmas[i + 1] / sigmas[i];
            const std::array<double, 3> factors{ratio, 7.5 * (1 - ratio), -6.5 * (1 - ratio)};
            const std::array<const able_tensor *, 3> in{x.get(), guided.get(), unguided.get()};
            job_.check(model_->ops().lincomb(&model_->ops(), x.get(), 3, factors.data(), in.data()), "a step");
            values = model_->download(x, values.size(), job_);
        };
        const plugins::Tensor start = model_->upload(shape, values, job_);
        const auto begin_again = [&] {
            const double one = 1;
            const able_tensor *in = start.get();
            job_.check(model_->ops().lincomb(&model_->ops(), x.get(), 1, &one, &in), "a copy");
        };
        out.first_step = seconds([&] { step(0); });
        begin_again();
        std::vector<double> each;
        for (std::size_t i = 0; i < wanted_.steps; ++i) {
            floor.sample();
            each.push_back(seconds([&] { step(i); }));
        }
        floor.sample();
        out.step.seconds = median(each);
        if (model_->targets() != nullptr) {
            out.step.operations = unet_flops(*model_->targets(), latents, context_tokens).evaluation;
        }

        if (wanted_.branch) {
            out.reused = measure_reuse(*wanted_.branch, x, sigmas.front(), conditionings, outs, latents);
        }

        std::vector<float> pixels(std::size_t{3} * size.width * size.height);
        auto image = make_struct<able_image>();
        image.width = size.width;
        image.height = size.height;
        image.pixels = pixels.data();
        out.first_decode = seconds([&] { model_->decode(x, image, job_); });
        each.clear();
        for (std::uint32_t i = 0; i < decodes; ++i) {
            each.push_back(seconds([&] { model_->decode(x, image, job_); }));
            floor.sample();
        }
        out.decode.seconds = median(each);
        if (has_usual_decoder(*model_)) {
            out.decode.operations = decoder_flops({1, shape[2], shape[3]});
        }
        out.rates = floor.take_rates();
        return out;
    }

    Timed measure_reuse(std::uint32_t branch, const plugins::Tensor &x, double sigma,
                        std::span<const able_conditioning *const> conditionings, std::span<able_tensor *const> outs,
                        Latents latents) {
        if (branch >= model_->branch_count()) {
            throw std::runtime_error("the model keeps deep features of " + std::to_string(model_->branch_count()) +
                                     " branches, and none of number " + std::to_string(branch));
        }
        const auto unguided = model_->make_deep_features(branch, job_),
                   guided = model_->make_deep_features(branch, job_);
        const auto evaluate = [&](bool reuse) {
            const std::int32_t mode = reuse ? ABLE_DEEP_REUSE : ABLE_DEEP_KEEP;
            const std::array<plugins::InputUse, 2> inputs{{{unguided.get(), 0, mode}, {guided.get(), 1, mode}}};
            job_.check(model_->denoise({x.get(), sigma, conditionings, outs, inputs}, job_), "an evaluation");
            model_->download(
                x, static_cast<std::size_t>(latents.height * latents.width) * model_->info().latent_channels, job_);
        };
        evaluate(false);
        std::vector<double> each;
        for (std::size_t i = 0; i < wanted_.steps; ++i) {
            each.push_back(seconds([&] { evaluate(true); }));
        }
        Timed out;
        out.seconds = median(each);
        if (model_->targets() != nullptr) {
            out.operations = unet_flops(*model_->targets(), latents, context_tokens, branch).evaluation;
        }
        return out;
    }

    const Wanted &wanted_;
    plugins::JobContext job_;
    plugins::Model *model_ = nullptr;
    Report report_;
};

} // namespace

Report measure(const Wanted &wanted) {
    return Bench(wanted).run();
}

} // namespace able::bench
