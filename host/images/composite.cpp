#include "composite.h"

namespace able::images {

Image over_white(std::uint32_t width, std::uint32_t height, std::span<const std::uint8_t> rgba) {
    Image image{width, height, {}};
    const std::size_t pixels = std::size_t{width} * height;
    if (rgba.size() != pixels * 4) {
        throw ImageError(ABLE_INTERNAL, "over_white: the number of bytes does not fit the size");
    }
    image.rgb.resize(pixels * 3);
    for (std::size_t i = 0; i < pixels; ++i) {
        const std::uint32_t alpha = rgba[4 * i + 3];
        for (std::size_t c = 0; c < 3; ++c) {
            const std::uint32_t blended = rgba[4 * i + c] * alpha + 255U * (255U - alpha);
            image.rgb[3 * i + c] = static_cast<std::uint8_t>((blended + 127U) / 255U);
        }
    }
    return image;
}

} // namespace able::images
