#include "webp.h"

#include "composite.h"

#include <string>
#include <webp/decode.h>

namespace able::images {

Image decode_webp(std::span<const std::byte> bytes, const DecodeLimits &limits) {
    require_size(limits, "WebP", bytes.size());
    const auto *data = reinterpret_cast<const std::uint8_t *>(bytes.data());
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) {
        throw ImageError(ABLE_BAD_FILE, "damaged WebP picture: its header cannot be read");
    }
    if (features.has_animation != 0) {
        throw ImageError(ABLE_UNSUPPORTED, "an animated WebP is no picture; send a still");
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
    return over_white(width, height, rgba);
}

} // namespace able::images
