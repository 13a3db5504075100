// JPEG.
#pragma once

#include "image.h"

namespace able::images {

// Baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK; EXIF orientation applied. Throws ImageError; a file that
// was cut short is damaged, not half a picture.
Image decode_jpeg(std::span<const std::byte> bytes, const DecodeLimits &limits = {});

// Baseline, for previews and thumbnails. `quality` 1-100. Throws ImageError.
std::vector<std::byte> encode_jpeg(const Image &image, int quality = 85);

} // namespace able::images
