// WebP.
#pragma once

#include "image.h"

namespace able::images {

// Lossy and lossless stills; transparency laid over white. Throws ImageError; animations are unsupported.
Image decode_webp(std::span<const std::byte> bytes, const DecodeLimits &limits = {});

} // namespace able::images
