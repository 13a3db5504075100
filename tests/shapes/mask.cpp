#include "mask.h"

#include <algorithm>
#include <utility>

namespace able::shapes {
namespace {

// Moves all of `from` that is connected to (x, y) into the result.
Mask take_component(Mask &from, int x, int y, bool diagonals) {
    Mask taken(from.width(), from.height());
    std::vector<std::pair<int, int>> open{{x, y}};
    from.set(x, y, false);
    while (!open.empty()) {
        const auto [cx, cy] = open.back();
        open.pop_back();
        taken.set(cx, cy);
        for (int dy = -1; dy <= 1; ++dy) {
            for (int dx = -1; dx <= 1; ++dx) {
                if ((diagonals || dx == 0 || dy == 0) && from.at(cx + dx, cy + dy)) {
                    from.set(cx + dx, cy + dy, false);
                    open.emplace_back(cx + dx, cy + dy);
                }
            }
        }
    }
    return taken;
}

} // namespace

Mask::Mask(int width, int height)
    : width_(width), height_(height), pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

bool Mask::at(int x, int y) const {
    return x >= 0 && y >= 0 && x < width_ && y < height_ && pixels_[static_cast<std::size_t>(y * width_ + x)] != 0;
}

void Mask::set(int x, int y, bool value) {
    pixels_.at(static_cast<std::size_t>(y * width_ + x)) = value ? 1 : 0;
}

int Mask::area() const {
    return static_cast<int>(std::count(pixels_.begin(), pixels_.end(), 1));
}

Bounds Mask::bounds() const {
    Bounds bounds{width_, height_, 0, 0};
    for (int y = 0; y < height_; ++y) {
        for (int x = 0; x < width_; ++x) {
            if (at(x, y)) {
                bounds = {std::min(bounds.left, x), std::min(bounds.top, y), std::max(bounds.right, x + 1),
                          std::max(bounds.bottom, y + 1)};
            }
        }
    }
    return bounds.right == 0 ? Bounds{} : bounds;
}

std::vector<Mask> components(const Mask &mask) {
    std::vector<Mask> found;
    Mask rest = mask;
    for (int y = 0; y < mask.height(); ++y) {
        for (int x = 0; x < mask.width(); ++x) {
            if (rest.at(x, y)) {
                found.push_back(take_component(rest, x, y, true));
            }
        }
    }
    return found;
}

Mask filled(const Mask &mask) {
    // One pixel larger each way, so that the outside is one piece.
    Mask outside(mask.width() + 2, mask.height() + 2);
    for (int y = 0; y < outside.height(); ++y) {
        for (int x = 0; x < outside.width(); ++x) {
            outside.set(x, y, !mask.at(x - 1, y - 1));
        }
    }
    const Mask reached = take_component(outside, 0, 0, false);
    Mask result(mask.width(), mask.height());
    for (int y = 0; y < mask.height(); ++y) {
        for (int x = 0; x < mask.width(); ++x) {
            result.set(x, y, !reached.at(x + 1, y + 1));
        }
    }
    return result;
}

Mask eroded(const Mask &mask) {
    Mask result(mask.width(), mask.height());
    for (int y = 0; y < mask.height(); ++y) {
        for (int x = 0; x < mask.width(); ++x) {
            result.set(x, y,
                       mask.at(x, y) && mask.at(x - 1, y) && mask.at(x + 1, y) && mask.at(x, y - 1) &&
                           mask.at(x, y + 1));
        }
    }
    return result;
}

} // namespace able::shapes
