#include "time_embedding.h"

#include <cmath>

namespace able::diffusion {

at::Tensor time_embedding(double timestep, int64_t width, bool cosines_first, double shift) {
    // fp32, product and sines included: in fp64 the values near t = 1000 differ by up to 6e-5 from what the networks
    // were trained with.
    const int64_t half = width / 2;
    const double decay = -std::log(10000.0) / (static_cast<double>(half) - shift);
    const at::Tensor frequencies = (at::arange(half, at::kFloat) * decay).exp();
    const at::Tensor angles = frequencies * static_cast<float>(timestep);
    const at::Tensor sines = angles.sin();
    const at::Tensor cosines = angles.cos();
    return (cosines_first ? at::cat({cosines, sines}) : at::cat({sines, cosines})).unsqueeze(0);
}

} // namespace able::diffusion
