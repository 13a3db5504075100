#include "image.h"

#include <string>

namespace able::images {

void require_consistent(const Image &image) {
    if (image.width == 0 || image.height == 0) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "the picture is empty");
    }
    if (image.rgb.size() != std::size_t{image.width} * image.height * 3) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "the picture has " + std::to_string(image.rgb.size()) +
                                                    " bytes, which do not fit its size of " +
                                                    std::to_string(image.width) + "x" + std::to_string(image.height));
    }
}

void require_size(const DecodeLimits &limits, std::string_view format, std::size_t bytes) {
    if (bytes > limits.bytes) {
        throw ImageError(ABLE_UNSUPPORTED, "a " + std::string(format) + " file of " + std::to_string(bytes) +
                                               " bytes is too large: at most " + std::to_string(limits.bytes) +
                                               "; make it smaller");
    }
}

void require_within(const DecodeLimits &limits, std::string_view format, std::uint64_t width, std::uint64_t height) {
    const std::string what =
        std::string(format) + " picture of " + std::to_string(width) + "x" + std::to_string(height);
    if (width == 0 || height == 0) {
        throw ImageError(ABLE_BAD_FILE, "damaged picture: a " + what + " has no pixels");
    }
    if (width > limits.side || height > limits.side) {
        throw ImageError(ABLE_UNSUPPORTED, "a " + what + " is too large: at most " + std::to_string(limits.side) +
                                               " pixels each way; make it smaller");
    }
    if (width * height > limits.pixels) {
        throw ImageError(ABLE_UNSUPPORTED, "a " + what + " is too large: at most " + std::to_string(limits.pixels) +
                                               " pixels in all; make it smaller");
    }
}

std::vector<std::uint8_t> luma(const Image &image) {
    require_consistent(image);
    std::vector<std::uint8_t> grey(image.rgb.size() / 3);
    for (std::size_t i = 0; i < grey.size(); ++i) {
        const std::uint8_t *pixel = &image.rgb[3 * i];
        // 0.299, 0.587 and 0.114 in 16-bit fixed point.
        grey[i] =
            static_cast<std::uint8_t>((19595U * pixel[0] + 38470U * pixel[1] + 7471U * pixel[2] + 0x8000U) >> 16U);
    }
    return grey;
}

} // namespace able::images
