// Rough pictures straight from latents.
#pragma once

#include <ATen/ATen.h>
#include <ablerefusal/pipeline.h>

#include <array>

namespace able::diffusion {

// What each latent channel adds to red, green and blue in [-1, 1]: a linear fit to a family's decoder.
struct LatentColours {
    std::array<std::array<float, 3>, 4> factors;
    std::array<float, 3> bias;
};

// A rough picture of latents [4, h, w] at one pixel a latent. Throws ABLE_UNSUPPORTED for another number of channels,
// ABLE_INVALID_ARGUMENT if `image` has another size.
void to_preview(const at::Tensor &latents, const LatentColours &colours, able_image &image);

} // namespace able::diffusion
