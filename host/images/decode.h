// A picture from bytes of any supported format.
#pragma once

#include "image.h"

#include <optional>

namespace able::images {

enum class Format { png, jpeg, webp };

// By the first bytes; nothing if it is none of the supported formats.
std::optional<Format> sniff(std::span<const std::byte> bytes) noexcept;

// Decodes PNG, JPEG or WebP to RGB: 16-bit samples are scaled to 8, grey and palettes expanded, transparency laid over
// white, EXIF orientation applied; colour profiles and gamma are ignored, as by the usual tools around diffusion
// models. Throws ImageError for damaged bytes, an unsupported format, or a picture over `limits`.
Image decode(std::span<const std::byte> bytes, const DecodeLimits &limits = {});

} // namespace able::images
