#include "region.h"

#include "resize.h"

#include <algorithm>
#include <string>

namespace able::images {

namespace {

struct Span {
    std::int64_t begin = 0, end = 0;
};

// Grown by `more` on both sides, moved back into [0, size), and cut where it is larger than that.
Span grown(Span span, std::int64_t more, std::int64_t size) {
    span.begin -= more / 2;
    span.end += more - more / 2;
    if (span.end >= size) {
        span.begin -= span.end - size;
        span.end = size;
    }
    if (span.begin < 0) {
        span.end -= span.begin;
        span.begin = 0;
    }
    return {span.begin, std::min(span.end, size)};
}

void require_inside(const Region &region, std::uint32_t width, std::uint32_t height) {
    if (region.left >= region.right || region.top >= region.bottom || region.right > width || region.bottom > height) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "the region is not a part of a picture of " + std::to_string(width) +
                                                    "x" + std::to_string(height));
    }
}

// As a grey picture, and back.
Image as_image(const Mask &mask) {
    Image image{mask.width, mask.height, {}};
    for (const std::uint8_t value : mask.values) {
        image.rgb.insert(image.rgb.end(), 3, value);
    }
    return image;
}

Mask as_mask(const Image &image) {
    return {image.width, image.height, luma(image)};
}

// `image` on a canvas of the size, its top left corner at that place, its edges repeated where it does not reach.
Image placed(const Image &image, std::int64_t left, std::int64_t top, std::uint32_t width, std::uint32_t height) {
    Image result{width, height, {}};
    result.rgb.reserve(std::size_t{width} * height * 3);
    for (std::int64_t y = 0; y < height; ++y) {
        const auto row = static_cast<std::size_t>(std::clamp<std::int64_t>(y - top, 0, image.height - 1));
        for (std::int64_t x = 0; x < width; ++x) {
            const auto column = static_cast<std::size_t>(std::clamp<std::int64_t>(x - left, 0, image.width - 1));
            const std::uint8_t *pixel = &image.rgb[3 * (row * image.width + column)];
            result.rgb.insert(result.rgb.end(), pixel, pixel + 3);
        }
    }
    return result;
}

// Where resize_within puts a picture of width x height.
Region place_within(const Image &canvas, std::uint32_t width, std::uint32_t height) {
    const std::uint64_t across = std::uint64_t{canvas.width} * height;
    const std::uint64_t down = std::uint64_t{canvas.height} * width;
    Region place{0, 0, canvas.width, canvas.height};
    if (across < down) { // wider than the canvas
        place.bottom = static_cast<std::uint32_t>(std::max<std::uint64_t>(across / width, 1));
    } else {
        place.right = static_cast<std::uint32_t>(std::max<std::uint64_t>(down / height, 1));
    }
    const std::uint32_t left = canvas.width / 2 - place.right / 2;
    const std::uint32_t top = canvas.height / 2 - place.bottom / 2;
    return {left, top, left + place.right, top + place.bottom};
}

} // namespace

std::optional<Region> region_to_paint(const Mask &mask, std::uint32_t padding, std::uint32_t width,
                                      std::uint32_t height) {
    Span across{mask.width, 0};
    Span down{mask.height, 0};
    for (std::int64_t y = 0; y < mask.height; ++y) {
        for (std::int64_t x = 0; x < mask.width; ++x) {
            if (mask.values[static_cast<std::size_t>(y * mask.width + x)] != 0) {
                across = {std::min(across.begin, x), std::max(across.end, x + 1)};
                down = {std::min(down.begin, y), std::max(down.end, y + 1)};
            }
        }
    }
    if (across.begin >= across.end) {
        return std::nullopt;
    }
    across = {std::max<std::int64_t>(across.begin - padding, 0),
              std::min<std::int64_t>(across.end + padding, mask.width)};
    down = {std::max<std::int64_t>(down.begin - padding, 0), std::min<std::int64_t>(down.end + padding, mask.height)};
    const double region_width = static_cast<double>(across.end - across.begin);
    const double region_height = static_cast<double>(down.end - down.begin);
    const double wanted = static_cast<double>(width) / height;
    if (region_width / region_height > wanted) {
        down = grown(down, static_cast<std::int64_t>(region_width / wanted - region_height), mask.height);
    } else {
        across = grown(across, static_cast<std::int64_t>(region_height * wanted - region_width), mask.width);
    }
    return Region{static_cast<std::uint32_t>(across.begin), static_cast<std::uint32_t>(down.begin),
                  static_cast<std::uint32_t>(across.end), static_cast<std::uint32_t>(down.end)};
}

Image crop(const Image &image, const Region &region) {
    require_inside(region, image.width, image.height);
    Image result{region.width(), region.height(), {}};
    for (std::uint32_t y = region.top; y < region.bottom; ++y) {
        const auto row = image.rgb.begin() + 3 * std::ptrdiff_t{y} * image.width;
        result.rgb.insert(result.rgb.end(), row + 3 * std::ptrdiff_t{region.left},
                          row + 3 * std::ptrdiff_t{region.right});
    }
    return result;
}

Mask crop(const Mask &mask, const Region &region) {
    require_inside(region, mask.width, mask.height);
    Mask result{region.width(), region.height(), {}};
    for (std::uint32_t y = region.top; y < region.bottom; ++y) {
        const auto row = mask.values.begin() + std::ptrdiff_t{y} * mask.width;
        result.values.insert(result.values.end(), row + region.left, row + region.right);
    }
    return result;
}

Image resize_within(const Image &image, std::uint32_t width, std::uint32_t height) {
    require_consistent(image);
    const Region place = place_within({width, height, {}}, image.width, image.height);
    return placed(resize_lanczos(image, place.width(), place.height()), place.left, place.top, width, height);
}

Mask resize_within(const Mask &mask, std::uint32_t width, std::uint32_t height) {
    return as_mask(resize_within(as_image(mask), width, height));
}

Image resize_back(const Image &image, std::uint32_t width, std::uint32_t height) {
    return resize_lanczos(crop(image, place_within(image, width, height)), width, height);
}

void paste(Image &image, const Image &part, const Region &region) {
    require_inside(region, image.width, image.height);
    if (part.width != region.width() || part.height != region.height()) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "the part is not as large as the region that it goes into");
    }
    for (std::uint32_t y = 0; y < part.height; ++y) {
        std::copy_n(part.rgb.begin() + 3 * std::ptrdiff_t{y} * part.width, 3 * std::size_t{part.width},
                    image.rgb.begin() + 3 * ((std::ptrdiff_t{region.top} + y) * image.width + region.left));
    }
}

} // namespace able::images
