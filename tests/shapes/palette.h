// The colours that the demo model knows, as tools/demo-model/scenes.py has them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace able::shapes {

using Rgb = std::array<double, 3>; // 0 to 255

struct NamedColour {
    std::string_view name;
    Rgb rgb;
};

inline constexpr std::array<NamedColour, 11> palette{{
    {"red", {220, 40, 40}},
    {"green", {40, 160, 60}},
    {"blue", {45, 80, 220}},
    {"yellow", {245, 215, 50}},
    {"orange", {245, 130, 30}},
    {"purple", {140, 60, 180}},
    {"white", {245, 245, 245}},
    {"black", {20, 20, 20}},
    {"gray", {128, 128, 128}},
    {"pink", {250, 165, 190}},
    {"brown", {120, 72, 40}},
}};

// Squared Euclidean distance.
constexpr double distance2(const Rgb &a, const Rgb &b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
}

// Index of the palette's colour that is nearest.
constexpr std::size_t nearest_colour(const Rgb &rgb) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < palette.size(); ++i) {
        if (distance2(rgb, palette[i].rgb) < distance2(rgb, palette[best].rgb)) {
            best = i;
        }
    }
    return best;
}

} // namespace able::shapes
