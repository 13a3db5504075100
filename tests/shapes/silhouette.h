// Which shape an outline encloses.
#pragma once

#include "mask.h"

#include <string_view>

namespace able::shapes {

struct Match {
    std::string_view shape; // circle, square, triangle, star, cross, heart
    double overlap = 0;     // intersection over union with that shape, both stretched to one square
};

// The shape that a mask without holes resembles most. The mask must not be empty.
Match match_silhouette(const Mask &mask);

} // namespace able::shapes
