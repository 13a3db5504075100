// Says from the pixels alone whether a picture shows what its prompt asked for: colour masks, connected components,
// holes, silhouettes, positions. No network takes part.
#pragma once

#include "mask.h"
#include "scene.h"

#include "host/images/image.h"

#include <array>
#include <string_view>
#include <vector>

namespace able::shapes {

struct Object {
    std::string_view shape;
    double overlap;          // with the shape's ideal, 0 to 1
    std::string_view colour; // of the palette
    bool outline;
    double unevenness; // share of the inside that is far from its median colour: stripes, not plain paint
    Bounds box;
};

struct Picture {
    std::string_view ground; // of the palette
    std::vector<Object> objects;
};

// What is there: the ground is the colour of the border, and whatever stands out from it is an object.
Picture look_at(const images::Image &image);

inline constexpr std::array attributes{"shape", "colour", "ground", "position", "count", "size", "outline"};

// True for each of attributes that is as the scene wants it, for every object.
using Score = std::array<bool, attributes.size()>;

Score score(const Picture &picture, const Scene &scene);

// The name's place in attributes; throws std::out_of_range.
std::size_t attribute(std::string_view name);

} // namespace able::shapes
