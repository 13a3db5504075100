#include "noise_schedule.h"

#include "config_reader.h"

#include <ATen/ATen.h>
#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace able::diffusion {
namespace {

at::Tensor read_betas(const ConfigReader &config, int64_t count) {
    if (config.has("trained_betas")) {
        const std::vector<double> betas = config.numbers("trained_betas");
        if (static_cast<int64_t>(betas.size()) != count) {
            config.bad("trained_betas", "expected num_train_timesteps values");
        }
        return at::tensor(betas, at::kFloat);
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
        return at::linspace(std::sqrt(start), std::sqrt(end), count, at::kFloat).square();
    }
    if (shape != "linear") {
        config.unsupported("beta_schedule", "only \"linear\" and \"scaled_linear\" are supported");
    }
    return at::linspace(start, end, count, at::kFloat);
}

// Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed", algorithm 1, over `kept`, the
// cumulative product of 1 - beta. At the last step nothing of the picture would be kept and sigma be infinite;
// diffusers' EulerDiscreteScheduler keeps 2^-24, which makes it 4096. The way back over the betas is diffusers' too:
// its rounding is in the noise levels.
at::Tensor rescaled_to_zero_snr(const at::Tensor &kept) {
    const at::Tensor root = kept.sqrt();
    const at::Tensor first = root[0].clone();
    const at::Tensor last = root[-1].clone();
    const at::Tensor squares = ((root - last) * (first / (first - last))).square();
    const int64_t count = squares.size(0);
    const at::Tensor ratios = squares.narrow(0, 1, count - 1) / squares.narrow(0, 0, count - 1);
    const at::Tensor betas = 1.0 - at::cat({squares.narrow(0, 0, 1), ratios});
    at::Tensor result = at::cumprod(1.0 - betas, 0);
    result[-1].fill_(std::ldexp(1.0, -24));
    return result;
}

int32_t read_prediction(const ConfigReader &config) {
    const std::string prediction = config.string("prediction_type", "epsilon");
    if (prediction == "epsilon") {
        return ABLE_PREDICTION_EPSILON;
    }
    if (prediction == "v_prediction") {
        return ABLE_PREDICTION_V;
    }
    if (prediction == "sample") {
        return ABLE_PREDICTION_SAMPLE;
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
    at::Tensor kept = at::cumprod(1.0 - read_betas(config, count), 0);
    if (config.boolean("rescale_betas_zero_snr", false)) {
        kept = rescaled_to_zero_snr(kept);
    }
    const at::Tensor sigmas = ((1.0 - kept) / kept).sqrt().to(at::kDouble).contiguous();
    const double *data = sigmas.data_ptr<double>();
    return {SigmaTable({data, data + count}), read_prediction(config)};
}

} // namespace able::diffusion
