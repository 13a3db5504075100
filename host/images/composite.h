// Transparency, laid over white.
#pragma once

#include "image.h"

namespace able::images {

// RGB of straight-alpha RGBA pixels over white, rounded: width * height * 4 bytes in.
Image over_white(std::uint32_t width, std::uint32_t height, std::span<const std::uint8_t> rgba);

} // namespace able::images
