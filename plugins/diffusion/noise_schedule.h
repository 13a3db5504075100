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

    std::span<const double> values() const { return sigmas_; }
    // The timestep, fractional, at which the table reaches `sigma`: linear in ln sigma, and clamped to the table. As
    // k-diffusion's DiscreteSchedule.sigma_to_t(quantize=False).
    double timestep(double sigma) const;

private:
    std::vector<double> sigmas_;
    std::vector<double> logs_;
};

struct NoiseSchedule {
    SigmaTable table;
    int32_t prediction; // ABLE_PREDICTION_…
};

// From scheduler/scheduler_config.json. Throws able::Error naming the field it cannot work with.
NoiseSchedule read_noise_schedule(const able_source *source);

} // namespace able::diffusion
