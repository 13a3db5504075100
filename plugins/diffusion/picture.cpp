#include "picture.h"

#include <ablerefusal/glue.hpp>

namespace able::diffusion {
namespace {

void check_size(const able_image &image, int64_t height, int64_t width) {
    if (image.pixels == nullptr || image.width != width || image.height != height) {
        throw Error(ABLE_INVALID_ARGUMENT, "the picture to fill must be " + std::to_string(width) + "x" +
                                               std::to_string(height) + " pixels, and is " +
                                               std::to_string(image.width) + "x" + std::to_string(image.height));
    }
}

at::Tensor pixels_of(const able_image &image) {
    return at::from_blob(image.pixels, {image.height, image.width, 3}, at::kFloat);
}

} // namespace

at::Tensor from_picture(const able_image &image, int64_t multiple) {
    const bool sized = image.pixels != nullptr && image.width > 0 && image.height > 0;
    if (!sized || image.width % multiple != 0 || image.height % multiple != 0) {
        throw Error(ABLE_INVALID_ARGUMENT,
                    "the picture is " + std::to_string(image.width) + "x" + std::to_string(image.height) +
                        " pixels; width and height must be multiples of " + std::to_string(multiple));
    }
    const at::Tensor pixels = pixels_of(image);
    if (!at::isfinite(pixels).all().item<bool>()) {
        throw Error(ABLE_INVALID_ARGUMENT, "the picture holds values that are not numbers");
    }
    return (pixels * 2.0 - 1.0).permute({2, 0, 1}).unsqueeze(0).contiguous();
}

void to_picture(const at::Tensor &pixels, able_image &image) {
    check_size(image, pixels.size(1), pixels.size(2));
    const at::Tensor values = (pixels * 0.5 + 0.5).clamp(0.0, 1.0).permute({1, 2, 0}).to(at::kCPU);
    if (!at::isfinite(values).all().item<bool>()) {
        throw Error(ABLE_INTERNAL, "the decoded picture holds values that are not numbers: the model or the sampler "
                                   "overflowed; try the dtype \"fp32\" or another sampler");
    }
    pixels_of(image).copy_(values);
}

void to_preview(const at::Tensor &latents, able_image &image) {
    if (latents.size(0) != 4) {
        throw Error(ABLE_UNSUPPORTED, "previews need latents of 4 channels");
    }
    check_size(image, latents.size(1), latents.size(2));
    // What each latent channel adds to red, green and blue in [-1, 1]: a linear fit to SD 1.x's decoder that circulates
    // among its users, in these digits in ComfyUI's latent_formats.py.
    const at::Tensor factors = at::tensor({0.3512F, 0.2297F, 0.3227F,  //
                                           0.3250F, 0.4974F, 0.2350F,  //
                                           -0.2829F, 0.1762F, 0.2721F, //
                                           -0.2120F, -0.2616F, -0.7177F})
                                   .view({4, 3});
    const at::Tensor rgb = at::tensordot(latents.to(at::kCPU), factors, {0}, {0});
    pixels_of(image).copy_(at::nan_to_num(rgb * 0.5 + 0.5).clamp(0.0, 1.0));
}

} // namespace able::diffusion
