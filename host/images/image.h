// A picture in memory.
#pragma once

#include <ablerefusal/glue.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace able::images {

// Bytes that are no usable picture, or a picture that cannot be written: what() says what is wrong and what to do.
// status() is ABLE_BAD_FILE (damaged), ABLE_UNSUPPORTED (a format or feature that is not read, or over a limit) or
// ABLE_INVALID_ARGUMENT.
class ImageError : public able::Error {
public:
    using able::Error::Error;
};

// 8-bit sRGB, row by row from the top, three bytes a pixel: rgb.size() == width * height * 3.
struct Image {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::vector<std::uint8_t> rgb;
};

// What a picture from outside may ask for. Checked against the picture's own claim, before memory is taken for it.
struct DecodeLimits {
    std::size_t bytes = std::size_t{64} << 20U;      // of the encoded picture
    std::uint32_t side = 16'384;                     // width, and height, in pixels
    std::uint64_t pixels = std::uint64_t{64} << 20U; // width * height
};

// Throws ImageError (ABLE_INVALID_ARGUMENT) unless the sizes are positive and agree with the number of bytes.
void require_consistent(const Image &image);

// Throws ImageError unless an encoded `format` picture of this many bytes is within `limits`.
void require_size(const DecodeLimits &limits, std::string_view format, std::size_t bytes);

// Throws ImageError unless a `format` picture of this size is within `limits`.
void require_within(const DecodeLimits &limits, std::string_view format, std::uint64_t width, std::uint64_t height);

// Luma of each pixel, height * width values: ITU-R 601-2 as Pillow's convert("L") rounds it. For masks.
std::vector<std::uint8_t> luma(const Image &image);

} // namespace able::images
