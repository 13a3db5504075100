#include "preview.h"

#include "picture.h"

#include <ablerefusal/glue.hpp>

namespace able::diffusion {

void to_preview(const at::Tensor &latents, const LatentColours &colours, able_image &image) {
    if (latents.size(0) != static_cast<int64_t>(colours.factors.size())) {
        throw Error(ABLE_UNSUPPORTED, "previews need latents of 4 channels");
    }
    at::Tensor pixels = pixels_of(image, latents.size(1), latents.size(2));
    const at::Tensor values = latents.to(at::kCPU);
    for (int64_t colour = 0; colour < 3; ++colour) {
        at::Tensor sum = at::full_like(values[0], colours.bias[static_cast<size_t>(colour)]);
        for (int64_t channel = 0; channel < values.size(0); ++channel) {
            sum.add_(values[channel], colours.factors[static_cast<size_t>(channel)][static_cast<size_t>(colour)]);
        }
        pixels.select(2, colour).copy_(at::nan_to_num(sum * 0.5 + 0.5).clamp(0.0, 1.0));
    }
}

} // namespace able::diffusion
