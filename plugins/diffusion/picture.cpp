#include "picture.h"

#include <ablerefusal/glue.hpp>

namespace able::diffusion {

at::Tensor pixels_of(able_image &image, int64_t height, int64_t width) {
    if (image.pixels == nullptr || image.width != width || image.height != height) {
        throw Error(ABLE_INVALID_ARGUMENT, "the picture to fill must be " + std::to_string(width) + "x" +
                                               std::to_string(height) + " pixels, and is " +
                                               std::to_string(image.width) + "x" + std::to_string(image.height));
    }
    return at::from_blob(image.pixels, {height, width, 3}, at::kFloat);
}

at::Tensor from_picture(const able_image &image, int64_t multiple) {
    const bool sized = image.pixels != nullptr && image.width > 0 && image.height > 0;
    if (!sized || image.width % multiple != 0 || image.height % multiple != 0) {
        throw Error(ABLE_INVALID_ARGUMENT,
                    "the picture is " + std::to_string(image.width) + "x" + std::to_string(image.height) +
                        " pixels; width and height must be multiples of " + std::to_string(multiple));
    }
    const at::Tensor pixels = at::from_blob(image.pixels, {image.height, image.width, 3}, at::kFloat);
    if (!at::isfinite(pixels).all().item<bool>()) {
        throw Error(ABLE_INVALID_ARGUMENT, "the picture holds values that are not numbers");
    }
    return (pixels * 2.0 - 1.0).permute({2, 0, 1}).unsqueeze(0).contiguous();
}

at::Tensor from_mask(const float *mask, int64_t width, int64_t height) {
    if (mask == nullptr) {
        throw Error(ABLE_INVALID_ARGUMENT, "there is no mask");
    }
    const at::Tensor values = at::from_blob(const_cast<float *>(mask), {1, 1, height, width}, at::kFloat);
    if (!at::isfinite(values).all().item<bool>()) {
        throw Error(ABLE_INVALID_ARGUMENT, "the mask holds values that are not numbers");
    }
    return values >= 0.5;
}

void to_picture(const at::Tensor &pixels, able_image &image) {
    at::Tensor target = pixels_of(image, pixels.size(1), pixels.size(2));
    const at::Tensor values = (pixels * 0.5 + 0.5).clamp(0.0, 1.0).permute({1, 2, 0}).to(at::kCPU);
    if (!at::isfinite(values).all().item<bool>()) {
        throw Error(ABLE_INTERNAL, "the decoded picture holds values that are not numbers: the model or the sampler "
                                   "overflowed; try the dtype \"fp32\" or another sampler");
    }
    target.copy_(values);
}

} // namespace able::diffusion
