// PNG, with the texts that it carries.
#pragma once

#include "image.h"

#include <string>

namespace able::images {

// A text chunk. The keyword has 1-79 printable characters, ASCII where it is to be written; the text is UTF-8.
struct TextChunk {
    std::string key;
    std::string text;
};

// Any bit depth, colour type and interlacing; conversions as in decode.h. Throws ImageError.
Image decode_png(std::span<const std::byte> bytes, const DecodeLimits &limits = {});

// RGB, 8 bits, the texts before the pixels: tEXt where a text is plain ASCII, else iTXt. The same input gives the same
// bytes: fixed compression, no times. Throws ImageError (ABLE_INVALID_ARGUMENT) for a bad keyword or text.
std::vector<std::byte> encode_png(const Image &image, std::span<const TextChunk> texts = {});

// The tEXt, zTXt and iTXt chunks in the order of the file, as UTF-8, without decoding any pixel. Texts of more than
// 4 MiB unpacked, or 16 MiB together, are an error. Throws ImageError for damaged chunks.
std::vector<TextChunk> read_png_texts(std::span<const std::byte> bytes, const DecodeLimits &limits = {});

} // namespace able::images
