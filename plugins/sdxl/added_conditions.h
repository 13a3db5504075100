// What SDXL's UNets are told beside the timestep: the prompt as a whole, and numbers about the picture.
#pragma once

#include "unet_config.h"

#include <ATen/ATen.h>

#include <span>

namespace able::sdxl {

// pooled [1, P] and `numbers`, each as a row of sines and cosines, side by side: [1, config.added->width], fp32. For
// the base model the numbers are the original height and width, the top and left of the crop, the target's height and
// width; for the refiner the first four and an aesthetic score. In pixels. Podell et al. 2023, section 2.2; diffusers'
// UNet2DConditionModel.get_aug_embed, "text_time".
at::Tensor added_conditions(const diffusion::UnetConfig &config, const at::Tensor &pooled,
                            std::span<const double> numbers);

} // namespace able::sdxl
