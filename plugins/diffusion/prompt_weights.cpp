#include "prompt_weights.h"

#include <ablerefusal/pipeline.h>

#include <cmath>

namespace able::diffusion {
namespace {

// In double, on the CPU: the sum of some 60,000 values, of which the ratio of two is wanted.
double mean_of(const at::Tensor &chunk) {
    return chunk.to(at::kCPU).to(at::kDouble).mean().item<double>();
}

at::Tensor with_mean_kept(const at::Tensor &states, const at::Tensor &factors) {
    at::Tensor result = states * factors;
    for (int64_t chunk = 0; chunk < states.size(0); ++chunk) {
        const double ratio = mean_of(states[chunk]) / mean_of(result[chunk]);
        if (std::isfinite(ratio)) { // not where every weight is 0
            result[chunk].mul_(ratio);
        }
    }
    return result;
}

} // namespace

at::Tensor weighed(const at::Tensor &states, const at::Tensor &weights, int32_t weighting,
                   const std::function<at::Tensor()> &empty) {
    if (weights.eq(1).all().item<bool>()) {
        return states; // bit for bit
    }
    const at::Tensor factors = weights.unsqueeze(2).to(states.device());
    if (weighting == ABLE_WEIGHTING_MEAN) {
        return with_mean_kept(states, factors);
    }
    const at::Tensor nothing = empty();
    return at::where(factors.eq(1), states, (states - nothing) * factors + nothing);
}

} // namespace able::diffusion
