#include "added_conditions.h"

#include "time_embedding.h"

#include <vector>

namespace able::sdxl {

at::Tensor added_conditions(const diffusion::UnetConfig &config, const at::Tensor &pooled,
                            std::span<const double> numbers) {
    std::vector<at::Tensor> parts{pooled.to(at::kFloat)};
    for (const double number : numbers) {
        const at::Tensor waves =
            diffusion::time_embedding(number, config.added->number_width, config.flip_sin_to_cos, config.freq_shift);
        parts.push_back(waves.to(pooled.device()));
    }
    return at::cat(parts, 1);
}

} // namespace able::sdxl
