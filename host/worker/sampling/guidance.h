// Guidance: one estimate of the clean latents out of those under several prompts.
#pragma once

#include "host/protocol/generate_options.h"

#include "host/plugins/calls/calls.h"

#include <ablerefusal/tensor.h>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>

namespace able::worker {

// Noise levels above one and up to another.
struct LevelRange {
    double above = 0, up_to = std::numeric_limits<double>::infinity();

    bool contains(double sigma) const noexcept { return sigma > above && sigma <= up_to; }
};

// The levels of a run's steps from int(start * steps) on, and before int(end * steps), as diffusers' guiders count
// them; `sigmas` are the run's levels, falling. A range of levels rather than of steps (Kynkäänniemi et al. 2024),
// because a sampler is free to evaluate between its steps, or to go back up.
LevelRange guided_levels(std::span<const double> sigmas, double start, double end);

// What a model says of x at sigma.
struct Estimates {
    const able_tensor *x = nullptr;
    double sigma = 0;
    able_tensor *conditional = nullptr;         // D(x, sigma) under the prompt
    const able_tensor *unconditional = nullptr; // under the negative prompt, or, beside `negative`, under none
    const able_tensor *negative = nullptr;      // under the negative prompt, for its perpendicular part; may be null
};

class Guidance {
public:
    // `prediction` is the model's, ABLE_PREDICTION_…. Makes tensors like `x` for itself; throws CallError where memory
    // is short.
    Guidance(const able_ops &ops, std::int32_t prediction, double scale, const protocol::GuidanceOptions &options,
             const able_tensor *x);

    // Replaces `conditional` by the guided estimate:
    // u + scale * (c - u), classifier-free guidance (Ho & Salimans 2022), or with `negative`
    // u + scale * ((c - u) - perp_neg_scale * p), where p is the part of n - u that is perpendicular to c - u
    // (Perp-Neg, Armandpour et al. 2023); then rescaled (Lin et al. 2024, section 3.4), as diffusers' rescale_noise_cfg
    // does it. A status that is not ABLE_OK is that of the operation that failed.
    able_status apply(const Estimates &estimates) noexcept;

private:
    able_status combine(const Estimates &estimates) noexcept;
    able_status combine_perpendicular(const Estimates &estimates) noexcept;
    able_status deviation(const Estimates &estimates, double *result) noexcept;
    able_status lincomb(able_tensor *out, std::initializer_list<double> coefficients,
                        std::initializer_list<const able_tensor *> in) noexcept;

    const able_ops &ops_;
    std::int32_t prediction_;
    double scale_;
    protocol::GuidanceOptions options_;
    plugins::Tensor first_, second_;
};

} // namespace able::worker
