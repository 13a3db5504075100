// Yes or no for each pixel, and what can be said of such sets: components, holes, bounds.
#pragma once

#include <cstdint>
#include <vector>

namespace able::shapes {

struct Bounds {
    int left = 0, top = 0, right = 0, bottom = 0; // right and bottom are past the last pixel
    int width() const { return right - left; }
    int height() const { return bottom - top; }
};

class Mask {
public:
    Mask(int width, int height);

    int width() const { return width_; }
    int height() const { return height_; }
    // False outside.
    bool at(int x, int y) const;
    void set(int x, int y, bool value = true);
    int area() const;
    // Of the pixels that are set; empty if there is none.
    Bounds bounds() const;

private:
    int width_, height_;
    std::vector<std::uint8_t> pixels_;
};

// The sets of pixels that touch, diagonals included, in the order of their first pixel.
std::vector<Mask> components(const Mask &mask);
// With every hole filled: all that cannot be reached from the border without crossing the mask.
Mask filled(const Mask &mask);
// Without the pixels that have an unset neighbour among the four beside them.
Mask eroded(const Mask &mask);

} // namespace able::shapes
