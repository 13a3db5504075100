#include "exif.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace able::images {

namespace {

// Integers of a TIFF block in its own byte order; nothing past the end.
class Tiff {
public:
    explicit Tiff(std::span<const std::uint8_t> bytes)
        : bytes_(bytes), big_endian_(!bytes.empty() && bytes[0] == 'M') {}

    std::optional<std::uint32_t> number(std::size_t offset, std::size_t width) const {
        if (offset > bytes_.size() || bytes_.size() - offset < width) {
            return std::nullopt;
        }
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < width; ++i) {
            value = value << 8U | bytes_[offset + (big_endian_ ? i : width - 1 - i)];
        }
        return value;
    }

private:
    std::span<const std::uint8_t> bytes_;
    bool big_endian_;
};

} // namespace

int exif_orientation(std::span<const std::uint8_t> tiff) noexcept {
    constexpr int upright_already = 1;
    constexpr std::size_t entry_bytes = 12;
    constexpr std::uint32_t orientation_tag = 0x0112;
    constexpr std::uint32_t short_type = 3;
    constexpr std::array<std::uint8_t, 6> signature{'E', 'x', 'i', 'f', 0, 0};
    if (tiff.size() >= signature.size() && std::equal(signature.begin(), signature.end(), tiff.begin())) {
        tiff = tiff.subspan(signature.size());
    }
    const Tiff block(tiff);
    if (block.number(2, 2) != 42U) {
        return upright_already;
    }
    const std::optional<std::uint32_t> directory = block.number(4, 4);
    const std::optional<std::uint32_t> count = directory ? block.number(*directory, 2) : std::nullopt;
    for (std::size_t i = 0; i < count.value_or(0); ++i) {
        const std::size_t entry = std::size_t{*directory} + 2 + i * entry_bytes;
        const std::optional<std::uint32_t> tag = block.number(entry, 2);
        if (!tag) {
            break;
        }
        if (*tag == orientation_tag && block.number(entry + 2, 2) == short_type) {
            const std::uint32_t value = block.number(entry + 8, 2).value_or(1);
            return value >= 1 && value <= 8 ? static_cast<int>(value) : upright_already;
        }
    }
    return upright_already;
}

Image upright(Image image, int orientation) {
    if (orientation < 2 || orientation > 8) {
        return image;
    }
    // EXIF 2.32, 4.6.4: where the stored rows and columns belong.
    const bool transposed = orientation >= 5;
    const bool mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    Image result{image.width, image.height, std::vector<std::uint8_t>(image.rgb.size())};
    if (transposed) {
        std::swap(result.width, result.height);
    }
    for (std::uint32_t y = 0; y < result.height; ++y) {
        for (std::uint32_t x = 0; x < result.width; ++x) {
            std::uint32_t from_x = transposed ? y : x;
            std::uint32_t from_y = transposed ? x : y;
            from_x = mirror_x ? image.width - 1 - from_x : from_x;
            from_y = mirror_y ? image.height - 1 - from_y : from_y;
            const std::uint8_t *from = &image.rgb[3 * (std::size_t{from_y} * image.width + from_x)];
            std::copy_n(from, 3, &result.rgb[3 * (std::size_t{y} * result.width + x)]);
        }
    }
    return result;
}

} // namespace able::images
