#include "noise_schedule.h"

#include "config_reader.h"
#include "load_params.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace able::diffusion {
namespace {

// torch.linspace in float32, from both ends to the middle; releases of libtorch that work in vectors round otherwise.
std::vector<float> evenly_spaced(double from, double to, int64_t count) {
    const auto start = static_cast<float>(from), end = static_cast<float>(to);
    const float step = (end - start) / static_cast<float>(count - 1);
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i) {
        values.push_back(i < count / 2 ? start + step * static_cast<float>(i)
                                       : end - step * static_cast<float>(count - 1 - i));
    }
    return values;
}

std::vector<float> read_betas(const ConfigReader &config, int64_t count) {
    if (config.has("trained_betas")) {
        const std::vector<double> betas = config.numbers("trained_betas");
        if (static_cast<int64_t>(betas.size()) != count) {
            config.bad("trained_betas", "expected num_train_timesteps values");
        }
        return {betas.begin(), betas.end()};
    }
    const double start = config.number("beta_start", std::nullopt);
    const double end = config.number("beta_end", std::nullopt);
    if (!(start > 0 && start < 1)) {
        config.bad("beta_start", "expected a number between 0 and 1");
    }
    if (!(end > 0 && end < 1)) {
        config.bad("beta_end", "expected a number between 0 and 1");
    }
    const std::string shape = config.string("beta_schedule", std::nullopt);
    if (shape == "scaled_linear") {
        std::vector<float> betas = evenly_spaced(std::sqrt(start), std::sqrt(end), count);
        std::transform(betas.begin(), betas.end(), betas.begin(), [](float root) { return root * root; });
        return betas;
    }
    if (shape != "linear") {
        config.unsupported("beta_schedule", "only \"linear\" and \"scaled_linear\" are supported");
    }
    return evenly_spaced(start, end, count);
}

// The cumulative product, summed up in double and rounded to float at each step, as torch's CPU kernel does.
std::vector<float> cumulative_product(const std::vector<float> &factors) {
    std::vector<float> products;
    double product = 1;
    for (const float factor : factors) {
        product *= factor;
        products.push_back(static_cast<float>(product));
    }
    return products;
}

// Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", algorithm 1, over `kept`, the
// cumulative product of 1 - beta. At the last step nothing of the picture would be kept and sigma be infinite;
// diffusers' EulerDiscreteScheduler keeps 2^-24, which makes it 4096. The way back over the betas is diffusers' too,
// and so is float32, rounded after each operation: near the end of the table little is left, so that the rounding moves
// the levels by 2e-5, and a Brownian path's points in time with them.
std::vector<float> rescaled_to_zero_snr(const std::vector<float> &kept) {
    const float first = std::sqrt(kept.front());
    const float last = std::sqrt(kept.back());
    const float scale = first / (first - last);
    std::vector<float> squares;
    for (const float value : kept) {
        const float root = (std::sqrt(value) - last) * scale;
        squares.push_back(root * root);
    }
    std::vector<float> factors;
    for (std::size_t i = 0; i < squares.size(); ++i) {
        const float beta = 1.0F - (i == 0 ? squares[i] : squares[i] / squares[i - 1]);
        factors.push_back(1.0F - beta);
    }
    std::vector<float> result = cumulative_product(factors);
    result.back() = std::ldexp(1.0F, -24);
    return result;
}

int32_t read_prediction(const ConfigReader &config) {
    if (const auto prediction = prediction_named(config.string("prediction_type", "epsilon"))) {
        return *prediction;
    }
    config.unsupported("prediction_type", R"(only "epsilon", "v_prediction" and "sample" are supported)");
}

} // namespace

SigmaTable::SigmaTable(std::vector<double> sigmas) : sigmas_(std::move(sigmas)) {
    const bool ascending = std::adjacent_find(sigmas_.begin(), sigmas_.end(), std::greater_equal<>()) == sigmas_.end();
    const bool finite = std::all_of(sigmas_.begin(), sigmas_.end(), [](double s) { return std::isfinite(s) && s > 0; });
    if (sigmas_.size() < 2 || !ascending || !finite) {
        throw Error(ABLE_BAD_FILE, "scheduler/scheduler_config.json: the betas do not give ascending noise levels");
    }
    abi_ = make_struct<able_noise_levels>();
    abi_.kind = ABLE_LEVELS_TABLE;
    abi_.sigmas = sigmas_.data();
    abi_.sigma_count = static_cast<uint32_t>(sigmas_.size());
    abi_.sigma_min = sigmas_.front();
    abi_.sigma_max = sigmas_.back();
    abi_.shift = 1;
}

NoiseSchedule read_noise_schedule(const able_source *source) {
    const ConfigReader config(source, "scheduler/scheduler_config.json");
    const int64_t count = config.integer("num_train_timesteps", 1000, {2, 100000});
    // fp32 throughout, as diffusers' schedulers have it: the table is the one the model's own pictures were made with.
    std::vector<float> factors;
    for (const float beta : read_betas(config, count)) {
        factors.push_back(1.0F - beta);
    }
    std::vector<float> kept = cumulative_product(factors);
    if (config.boolean("rescale_betas_zero_snr", false)) {
        kept = rescaled_to_zero_snr(kept);
    }
    std::vector<double> sigmas;
    sigmas.reserve(kept.size());
    for (const float value : kept) {
        sigmas.push_back(std::sqrt((1.0F - value) / value));
    }
    return {SigmaTable(std::move(sigmas)), read_prediction(config)};
}

} // namespace able::diffusion
