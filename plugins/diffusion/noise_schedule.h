// The training noise levels of a discrete-time model, and the way between them and timesteps.
#pragma once

#include <ablerefusal/model_info.h>
#include <ablerefusal/source.h>

#include <cstdint>
#include <span>
#include <vector>

namespace able::diffusion {

// sigmas[t] = sqrt((1 - ac[t]) / ac[t]), ac = cumulative product of 1 - beta.
class SigmaTable {
public:
    // At least two values, strictly ascending and above 0.
    explicit SigmaTable(std::vector<double> sigmas);
    SigmaTable(SigmaTable &&) = default; // the values stay where they are
    SigmaTable &operator=(SigmaTable &&) = delete;

    std::span<const double> values() const { return sigmas_; }
    // The table as the ABI has it; lives as long as the values.
    const able_noise_levels &abi() const { return abi_; }
    // The timestep, fractional, at which the table reaches `sigma`.
    double timestep(double sigma) const { return able_sigma_to_timestep(&abi_, sigma); }

private:
    std::vector<double> sigmas_;
    able_noise_levels abi_;
};

struct NoiseSchedule {
    SigmaTable table;
    int32_t prediction; // ABLE_PREDICTION_…
};

// From scheduler/scheduler_config.json. Throws able::Error naming the field it cannot work with.
NoiseSchedule read_noise_schedule(const able_source *source);

} // namespace able::diffusion
