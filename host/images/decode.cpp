#include "decode.h"

#include "jpeg.h"
#include "png.h"
#include "webp.h"

#include <cstring>
#include <string>

namespace able::images {

namespace {

bool has(std::span<const std::byte> bytes, std::size_t offset, std::string_view magic) {
    return bytes.size() >= offset + magic.size() && std::memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
}

} // namespace

std::optional<Format> sniff(std::span<const std::byte> bytes) noexcept {
    if (has(bytes, 0, "\x89PNG\r\n\x1a\n")) {
        return Format::png;
    }
    if (has(bytes, 0, "\xff\xd8\xff")) {
        return Format::jpeg;
    }
    if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) {
        return Format::webp;
    }
    return std::nullopt;
}

Image decode(std::span<const std::byte> bytes, const DecodeLimits &limits) {
    const std::optional<Format> format = sniff(bytes);
    if (!format) {
        throw ImageError(ABLE_UNSUPPORTED, bytes.empty() ? "the picture has no bytes"
                                                         : "the picture's format is not known; send PNG, JPEG or WebP");
    }
    switch (*format) {
    case Format::png:
        return decode_png(bytes, limits);
    case Format::jpeg:
        return decode_jpeg(bytes, limits);
    case Format::webp:
        break;
    }
    return decode_webp(bytes, limits);
}

} // namespace able::images
