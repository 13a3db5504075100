// A part of a picture, taken out to be painted at another size and put back.
#pragma once

#include "mask.h"

#include <optional>

namespace able::images {

// In pixels; right and bottom are past the last one.
struct Region {
    std::uint32_t left = 0, top = 0, right = 0, bottom = 0;

    std::uint32_t width() const { return right - left; }
    std::uint32_t height() const { return bottom - top; }
    bool operator==(const Region &) const = default;
};

// What the mask is not 0 in, with `padding` pixels around it as far as the picture goes, grown to the proportions of
// `width` x `height` as far as the picture goes: get_crop_region of A1111 and diffusers. Nothing for a mask of zeros.
std::optional<Region> region_to_paint(const Mask &mask, std::uint32_t padding, std::uint32_t width,
                                      std::uint32_t height);

Image crop(const Image &image, const Region &region);
Mask crop(const Mask &mask, const Region &region);

// All of it, as large as fits within the size, centred, its edges repeated outwards where the proportions differ:
// diffusers' resize mode "fill".
Image resize_within(const Image &image, std::uint32_t width, std::uint32_t height);
Mask resize_within(const Mask &mask, std::uint32_t width, std::uint32_t height);

// Takes resize_within back: where it put a picture of width x height, at that size.
Image resize_back(const Image &image, std::uint32_t width, std::uint32_t height);

// `part` in place of the region of its size.
void paste(Image &image, const Image &part, const Region &region);

} // namespace able::images
