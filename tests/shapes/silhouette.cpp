#include "silhouette.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

namespace able::shapes {
namespace {

constexpr int grid_size = 32;
using Grid = std::bitset<static_cast<std::size_t>(grid_size) * grid_size>;

struct Point {
    double x, y;
};

constexpr std::array square_corners{Point{-1, -1}, Point{1, -1}, Point{1, 1}, Point{-1, 1}};
constexpr std::array triangle_corners{Point{0, -1}, Point{1, 1}, Point{-1, 1}};
constexpr double arm_width = 0.36; // half the width of the cross's arms, over half its size
constexpr std::array cross_corners{Point{-arm_width, -1}, Point{arm_width, -1},  Point{arm_width, -arm_width},
                                   Point{1, -arm_width},  Point{1, arm_width},   Point{arm_width, arm_width},
                                   Point{arm_width, 1},   Point{-arm_width, 1},  Point{-arm_width, arm_width},
                                   Point{-1, arm_width},  Point{-1, -arm_width}, Point{-arm_width, -arm_width}};

std::vector<Point> circle() {
    std::vector<Point> points;
    for (int i = 0; i < 64; ++i) {
        const double angle = i * 2 * std::numbers::pi / 64;
        points.push_back({std::cos(angle), std::sin(angle)});
    }
    return points;
}

std::vector<Point> star() {
    std::vector<Point> points;
    for (int i = 0; i < 10; ++i) {
        const double angle = -std::numbers::pi / 2 + i * std::numbers::pi / 5;
        const double radius = i % 2 == 0 ? 1.1 : 0.48;
        points.push_back({radius * std::cos(angle), radius * std::sin(angle)});
    }
    return points;
}

// The curve that is known by its equation: x = 16 sin³ t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t.
std::vector<Point> heart() {
    std::vector<Point> points;
    for (int i = 0; i < 64; ++i) {
        const double t = i * 2 * std::numbers::pi / 64;
        points.push_back({16 * std::pow(std::sin(t), 3),
                          -(13 * std::cos(t) - 5 * std::cos(2 * t) - 2 * std::cos(3 * t) - std::cos(4 * t))});
    }
    return points;
}

// By the parity of crossings to the right.
bool inside(std::span<const Point> polygon, double x, double y) {
    bool in = false;
    for (std::size_t i = 0; i < polygon.size(); ++i) {
        const Point &a = polygon[i];
        const Point &b = polygon[(i + 1) % polygon.size()];
        if ((a.y > y) != (b.y > y) && x < a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y)) {
            in = !in;
        }
    }
    return in;
}

// The polygon stretched to the whole grid.
Grid drawn(std::span<const Point> polygon) {
    const auto [left, right] =
        std::minmax_element(polygon.begin(), polygon.end(), [](const Point &a, const Point &b) { return a.x < b.x; });
    const auto [top, bottom] =
        std::minmax_element(polygon.begin(), polygon.end(), [](const Point &a, const Point &b) { return a.y < b.y; });
    Grid grid;
    for (int j = 0; j < grid_size; ++j) {
        for (int i = 0; i < grid_size; ++i) {
            const double x = std::lerp(left->x, right->x, (i + 0.5) / grid_size);
            const double y = std::lerp(top->y, bottom->y, (j + 0.5) / grid_size);
            grid.set(static_cast<std::size_t>(j * grid_size + i), inside(polygon, x, y));
        }
    }
    return grid;
}

struct Template {
    std::string_view shape;
    Grid grid;
};

const std::array<Template, 6> &templates() {
    static const std::array<Template, 6> all{{{"circle", drawn(circle())},
                                              {"square", drawn(square_corners)},
                                              {"triangle", drawn(triangle_corners)},
                                              {"star", drawn(star())},
                                              {"cross", drawn(cross_corners)},
                                              {"heart", drawn(heart())}}};
    return all;
}

Grid stretched(const Mask &mask) {
    const Bounds box = mask.bounds();
    Grid grid;
    for (int j = 0; j < grid_size; ++j) {
        for (int i = 0; i < grid_size; ++i) {
            const int x = box.left + (2 * i + 1) * box.width() / (2 * grid_size);
            const int y = box.top + (2 * j + 1) * box.height() / (2 * grid_size);
            grid.set(static_cast<std::size_t>(j * grid_size + i), mask.at(x, y));
        }
    }
    return grid;
}

} // namespace

Match match_silhouette(const Mask &mask) {
    const Grid grid = stretched(mask);
    Match best;
    for (const Template &candidate : templates()) {
        const double overlap =
            static_cast<double>((grid & candidate.grid).count()) / static_cast<double>((grid | candidate.grid).count());
        if (overlap > best.overlap) {
            best = {candidate.shape, overlap};
        }
    }
    return best;
}

} // namespace able::shapes
