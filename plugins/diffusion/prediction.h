// From what the network predicts to the estimate of the clean latents.
#pragma once

#include <ATen/ATen.h>

namespace able::diffusion {

// What to scale latents in sigma space by before the network sees them: 1 / sqrt(sigma^2 + 1).
double input_scale(double sigma);

// D(x, sigma) in fp32 from the network's `output` for x: `prediction` is ABLE_PREDICTION_EPSILON, _V or _SAMPLE.
// Karras et al. 2022, table 1 ("VE" form); Salimans & Ho 2022 for v.
at::Tensor denoised(int32_t prediction, const at::Tensor &x, const at::Tensor &output, double sigma);

} // namespace able::diffusion
