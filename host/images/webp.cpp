#include "webp.h"

#include "composite.h"
#include "exif.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <webp/decode.h>

namespace able::images {

namespace {

// That of the EXIF chunk. WebP container specification: RIFF chunks of a name, a length of four bytes, little-endian,
// and data padded to an even length.
int riff_orientation(std::span<const std::byte> bytes) {
    constexpr std::size_t riff_header = 12, chunk_header = 8;
    for (auto rest = bytes.subspan(std::min(bytes.size(), riff_header)); rest.size() >= chunk_header;) {
        const auto *data = reinterpret_cast<const std::uint8_t *>(rest.data());
        const std::size_t length = data[4] | data[5] << 8U | data[6] << 16U | std::size_t{data[7]} << 24U;
        rest = rest.subspan(chunk_header);
        if (length > rest.size()) {
            break;
        }
        if (std::string_view(reinterpret_cast<const char *>(data), 4) == "EXIF") {
            return exif_orientation({data + chunk_header, length});
        }
        rest = rest.subspan(std::min(length + length % 2, rest.size()));
    }
    return 1;
}

} // namespace

Image decode_webp(std::span<const std::byte> bytes, const DecodeLimits &limits) {
    require_size(limits, "WebP", bytes.size());
    const auto *data = reinterpret_cast<const std::uint8_t *>(bytes.data());
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) {
        throw ImageError(ABLE_BAD_FILE, "damaged WebP picture: its header cannot be read");
    }
    if (features.has_animation != 0) {
        throw ImageError(ABLE_UNSUPPORTED, "animated WebP is not supported; send a still picture");
    }
    if (features.width < 0 || features.height < 0) {
        throw ImageError(ABLE_BAD_FILE, "damaged WebP picture: its size is negative");
    }
    const auto width = static_cast<std::uint32_t>(features.width);
    const auto height = static_cast<std::uint32_t>(features.height);
    require_within(limits, "WebP", width, height);

    std::vector<std::uint8_t> rgba(std::size_t{width} * height * 4);
    if (WebPDecodeRGBAInto(data, bytes.size(), rgba.data(), rgba.size(), static_cast<int>(width * 4)) == nullptr) {
        throw ImageError(ABLE_BAD_FILE, "damaged WebP picture: its pixels cannot be decoded; send it again");
    }
    return upright(over_white(width, height, rgba), riff_orientation(bytes));
}

} // namespace able::images
