// Resampling.
#pragma once

#include "image.h"

namespace able::images {

// Lanczos with a = 3 and antialiasing; gives the bytes of Pillow's Image.resize((width, height), LANCZOS): horizontal
// pass, then vertical, with 22-bit fixed-point weights. Throws ImageError (ABLE_INVALID_ARGUMENT) for a size of 0 or
// over 16384.
Image resize_lanczos(const Image &image, std::uint32_t width, std::uint32_t height);

} // namespace able::images
