#include "trial.h"

#include "mixture.h"

#include "host/worker/sampling/brownian.h"
#include "host/worker/sampling/noise.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>

namespace able::validate {

namespace {

constexpr std::size_t elements = 64;
const std::vector<std::int64_t> kShape{1, 4, 4, 4};

// Betas of Stable Diffusion's training, "scaled linear" from 0.00085 to 0.012.
std::vector<double> training_sigmas() {
    std::vector<double> sigmas;
    const double first = std::sqrt(0.00085), last = std::sqrt(0.012);
    double kept = 1;
    for (int t = 0; t < 1000; ++t) {
        const double root = first + (last - first) * t / 999.0;
        kept *= 1 - root * root;
        sigmas.push_back(std::sqrt((1 - kept) / kept));
    }
    return sigmas;
}

// Falling by equal factors to the model's lowest level, and then perhaps to 0.
std::vector<double> levels(const TrialOptions &options) {
    const able_model_info &model = trial_model();
    const std::uint32_t factors = options.to_zero ? options.steps - 1 : options.steps;
    std::vector<double> sigmas{model.levels->sigma_max};
    for (std::uint32_t i = 1; i <= factors; ++i) {
        sigmas.push_back(model.levels->sigma_max *
                         std::pow(model.levels->sigma_min / model.levels->sigma_max, static_cast<double>(i) / factors));
    }
    if (options.to_zero) {
        sigmas.push_back(0);
    }
    return sigmas;
}

// As the host draws: one stream, or one Brownian path for those who ask for it.
Noise noise(std::uint64_t seed, bool brownian, double low, double high) {
    auto values = std::make_shared<std::vector<float>>(elements);
    if (brownian && low < high) {
        auto tree = std::make_shared<worker::BrownianTree>(seed, low, high, elements);
        return [tree, values](double from, double to, std::span<double> out) {
            tree->normal(from, to, *values);
            std::copy_n(values->begin(), std::min(out.size(), values->size()), out.begin());
        };
    }
    auto generator = std::make_shared<worker::TorchGenerator>(seed);
    return [generator, values](double, double, std::span<double> out) {
        generator->normal(*values);
        std::copy_n(values->begin(), std::min(out.size(), values->size()), out.begin());
    };
}

std::vector<double> start(std::uint64_t seed, double sigma) {
    std::vector<float> values(elements);
    worker::TorchGenerator(seed + 1).normal(values);
    std::vector<double> x(values.begin(), values.end());
    for (double &value : x) {
        value *= sigma;
    }
    return x;
}

RunSetup setup(const Subject<able_sampler> &subject, const TrialOptions &options, const able_params *params) {
    auto sigmas = levels(options);
    const double low = sigmas.back() > 0 ? sigmas.back() : sigmas[sigmas.size() - 2];
    const double high = sigmas.front();
    const bool brownian = (subject.description.flags & ABLE_FLAG_BROWNIAN) != 0;
    return {std::move(sigmas),
            kShape,
            start(options.seed, high),
            params,
            &trial_model(),
            mixture_denoised,
            noise(options.seed, brownian, low, high)};
}

std::string name_of(const TrialOptions &options) {
    std::string name = std::to_string(options.steps) + (options.steps == 1 ? " step" : " steps");
    name += options.to_zero ? "" : " to a level above 0";
    for (const auto &[key, value] : options.params.items()) {
        name += " with " + key + " = " + value.dump();
    }
    return name;
}

bool refused(const plugins::ObjectDescription &description, const nlohmann::json &params) {
    try {
        plugins::check_params(description.params, params);
        return false;
    } catch (const plugins::ParamError &) {
        return true;
    }
}

} // namespace

const able_model_info &trial_model() {
    static const auto sigmas = training_sigmas();
    static const auto levels = [] {
        auto made = make_struct<able_noise_levels>();
        made.kind = ABLE_LEVELS_TABLE;
        made.sigmas = sigmas.data();
        made.sigma_count = static_cast<std::uint32_t>(sigmas.size());
        made.sigma_min = sigmas.front();
        made.sigma_max = sigmas.back();
        made.shift = 1;
        return made;
    }();
    static const auto info = [] {
        auto made = make_struct<able_model_info>();
        made.prediction = ABLE_PREDICTION_EPSILON;
        made.family = "sd1";
        made.variant = "base";
        made.levels = &levels;
        made.latent_channels = 4;
        made.scale_factor = 8;
        made.default_width = made.default_height = 512;
        made.size_multiple = 8;
        return made;
    }();
    return info;
}

Trial::Trial(const Subject<able_sampler> &subject, const TrialOptions &options)
    : sampler_(subject.object), params_(subject.description.params, options.params),
      sampling_(setup(subject, options, params_.abi())), name_(name_of(options)) {}

able_status Trial::run() {
    return sampling_.run(sampler_);
}

bool Trial::finite() {
    const auto &x = sampling_.x();
    return std::all_of(x.begin(), x.end(), [](double value) { return std::isfinite(value); });
}

std::string in_words(able_status status, const std::string &message) {
    static constexpr std::array names{"ABLE_OK",        "ABLE_CANCELLED", "ABLE_INVALID_ARGUMENT", "ABLE_UNSUPPORTED",
                                      "ABLE_NOT_FOUND", "ABLE_BAD_FILE",  "ABLE_OUT_OF_MEMORY",    "ABLE_DEVICE_ERROR",
                                      "ABLE_INTERNAL"};
    const bool known = status >= 0 && static_cast<std::size_t>(status) < names.size();
    const std::string name = known ? names[static_cast<std::size_t>(status)] : "status " + std::to_string(status);
    return message.empty() ? name : name + " (\"" + message + "\")";
}

std::string check_ranges(const plugins::ObjectDescription &description) {
    for (const auto &param : description.params) {
        if (const std::string fault = plugins::type_of(param).inexact(param); !fault.empty()) {
            throw Failure("'" + param.key + "': " + fault);
        }
        for (const auto &value : plugins::type_of(param).beyond(param)) {
            if (!refused(description, {{param.key, value}})) {
                throw Failure("'" + param.key + "' = " + value.dump() + " lies beyond its declaration and is accepted");
            }
        }
    }
    if (!refused(description, {{"no_such_parameter", 1}})) {
        throw Failure("a parameter that is not declared is accepted");
    }
    const std::size_t count = description.params.size();
    return count == 0 ? "takes no parameters" : std::to_string(count) + (count == 1 ? " parameter" : " parameters");
}

} // namespace able::validate
