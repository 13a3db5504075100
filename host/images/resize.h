// Resampling.
#pragma once

#include "image.h"

namespace able::images {

// Lanczos with a = 3 and antialiasing; gives the bytes of Pillow 13.0's Image.resize((width, height), LANCZOS), with
// 22-bit fixed-point weights. Horizontal pass, then vertical; the other way round where the height shrinks by more than
// twice what the width does (in pixels), as from Pillow 13 on: up to 12.0 the horizontal pass always came first. Throws
// ImageError (ABLE_INVALID_ARGUMENT) for a size of 0 or over 16384.
Image resize_lanczos(const Image &image, std::uint32_t width, std::uint32_t height);

} // namespace able::images
