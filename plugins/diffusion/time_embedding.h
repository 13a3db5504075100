// Timesteps as vectors. Vaswani et al. 2017, section 3.5; Ho et al. 2020, appendix B.
#pragma once

#include <ATen/ATen.h>

namespace able::diffusion {

// One row [1, width], fp32 on the CPU, of sines and cosines of `timestep`, which may be fractional. `cosines_first` is
// diffusers' flip_sin_to_cos, `shift` its freq_shift.
at::Tensor time_embedding(double timestep, int64_t width, bool cosines_first, double shift);

} // namespace able::diffusion
