// Between the host's pictures and tensors.
#pragma once

#include <ATen/ATen.h>
#include <ablerefusal/pipeline.h>

namespace able::diffusion {

// [1, 3, H, W] in [-1, 1], fp32 on the CPU. Throws ABLE_INVALID_ARGUMENT unless both sides are above 0 and multiples of
// `multiple`, and every value is a number.
at::Tensor from_picture(const able_image &image, int64_t multiple);

// Which of height * width values are 0.5 or more: [1, 1, height, width], bool on the CPU. Throws ABLE_INVALID_ARGUMENT
// if there are none or one is not a number.
at::Tensor from_mask(const float *mask, int64_t width, int64_t height);

// `pixels` [3, H, W] in [-1, 1], clamped, into `image` in [0, 1]. Throws ABLE_INVALID_ARGUMENT if its size is another,
// and ABLE_INTERNAL if a value is not a number.
void to_picture(const at::Tensor &pixels, able_image &image);

// The memory of `image` as [height, width, 3]. Throws ABLE_INVALID_ARGUMENT if it has another size or no pixels.
at::Tensor pixels_of(able_image &image, int64_t height, int64_t width);

} // namespace able::diffusion
