// Which way up a photograph is. Ours, because one tag is all that is wanted: libexif would parse the whole of a hostile
// block, maker notes included, to find it.
#pragma once

#include "image.h"

namespace able::images {

// Orientation, 1-8, of a TIFF-structured EXIF block, with or without "Exif\0\0" in front; 1 if it states none or is
// damaged.
int exif_orientation(std::span<const std::uint8_t> tiff) noexcept;

// The picture turned and mirrored so that it is the right way up; `orientation` as above, others leave it as it is.
Image upright(Image image, int orientation);

} // namespace able::images
