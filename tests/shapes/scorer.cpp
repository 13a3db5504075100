#include "scorer.h"

#include "palette.h"
#include "silhouette.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>

namespace able::shapes {
namespace {

constexpr int border_width = 3;        // pixels, each side
constexpr double standing_out = 48;    // distance from the ground's colour, of 255 a channel
constexpr int smallest_object = 90;    // pixels, holes filled; the smallest shape has some 400
constexpr int smallest_core = 20;      // pixels that are enough to tell a colour from
constexpr double uneven_distance = 40; // distance from the median colour
constexpr double least_overlap = 0.75; // with its ideal, for a shape to count
constexpr double least_hole = 0.06;    // of the filled area, from which on a shape is not solid
constexpr double thin_ring = 0.42; // of the filled area: a ring's hole is a quarter, an outlined circle's over a half
constexpr double position_tolerance = 12.5;           // pixels; positions are 25 apart
constexpr double small_side = 37.5, medium_side = 53; // the longer side up to which a shape is small, medium

Rgb pixel(const images::Image &image, int x, int y) {
    const auto at = (static_cast<std::size_t>(y) * image.width + static_cast<std::size_t>(x)) * 3;
    return {double(image.rgb[at]), double(image.rgb[at + 1]), double(image.rgb[at + 2])};
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

struct Ground {
    std::size_t name; // in the palette
    Rgb rgb;
};

// The border's most frequent colour, and the median of the pixels that have it.
Ground find_ground(const images::Image &image) {
    const int width = static_cast<int>(image.width);
    const int height = static_cast<int>(image.height);
    std::map<std::size_t, std::array<std::vector<double>, 3>> by_colour;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            if (std::min({x, y, width - 1 - x, height - 1 - y}) < border_width) {
                const Rgb rgb = pixel(image, x, y);
                auto &channels = by_colour[nearest_colour(rgb)];
                for (std::size_t c = 0; c < 3; ++c) {
                    channels[c].push_back(rgb[c]);
                }
            }
        }
    }
    const auto most = std::max_element(by_colour.begin(), by_colour.end(), [](const auto &a, const auto &b) {
        return a.second[0].size() < b.second[0].size();
    });
    return {most->first, {median(most->second[0]), median(most->second[1]), median(most->second[2])}};
}

// The mask without its edges, which are mixtures; all of it if nothing else is left.
Mask inside_of(const Mask &mask) {
    Mask core = eroded(mask);
    return core.area() > smallest_core ? core : mask;
}

std::vector<Rgb> pixels_of(const images::Image &image, const Mask &mask) {
    std::vector<Rgb> pixels;
    for (int y = 0; y < mask.height(); ++y) {
        for (int x = 0; x < mask.width(); ++x) {
            if (mask.at(x, y)) {
                pixels.push_back(pixel(image, x, y));
            }
        }
    }
    return pixels;
}

// The palette's most frequent colour, the ground's left out.
std::size_t find_colour(const std::vector<Rgb> &pixels, std::size_t ground) {
    std::array<int, palette.size()> counts{};
    for (const Rgb &rgb : pixels) {
        ++counts[nearest_colour(rgb)];
    }
    counts[ground] = 0;
    return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

Rgb median_colour(const std::vector<Rgb> &pixels) {
    Rgb colour{};
    for (std::size_t c = 0; c < colour.size(); ++c) {
        std::vector<double> channel;
        for (const Rgb &rgb : pixels) {
            channel.push_back(rgb[c]);
        }
        colour[c] = median(std::move(channel));
    }
    return colour;
}

double unevenness(const std::vector<Rgb> &pixels) {
    const Rgb colour = median_colour(pixels);
    const auto off = std::count_if(pixels.begin(), pixels.end(), [&](const Rgb &rgb) {
        return distance2(rgb, colour) > uneven_distance * uneven_distance;
    });
    return static_cast<double>(off) / static_cast<double>(pixels.size());
}

Object describe(const images::Image &image, const Mask &mask, const Mask &whole, std::size_t ground) {
    const Match match = match_silhouette(whole);
    const double hole = 1 - static_cast<double>(mask.area()) / whole.area();
    const bool ring = match.shape == "circle" && hole > least_hole && hole < thin_ring;
    const std::vector<Rgb> inside = pixels_of(image, inside_of(mask));
    return {.shape = ring ? "ring" : match.shape,
            .overlap = match.overlap,
            .colour = palette[find_colour(inside, ground)].name,
            .outline = hole > least_hole && !ring,
            .unevenness = unevenness(inside),
            .box = mask.bounds()};
}

std::string_view size_name(double pixels) {
    if (pixels < small_side) {
        return "small";
    }
    return pixels < medium_side ? "medium" : "big";
}

struct Offset {
    double x, y;
};

Offset offset_of(const std::string &position) {
    static const std::map<std::string, Offset> offsets{
        {"centre", {0, 0}}, {"left", {-25, 0}}, {"right", {25, 0}}, {"top", {0, -25}}, {"bottom", {0, 25}}};
    return offsets.at(position);
}

} // namespace

Picture look_at(const images::Image &image) {
    const Ground ground = find_ground(image);
    Mask mask(static_cast<int>(image.width), static_cast<int>(image.height));
    for (int y = 0; y < mask.height(); ++y) {
        for (int x = 0; x < mask.width(); ++x) {
            mask.set(x, y, distance2(pixel(image, x, y), ground.rgb) > standing_out * standing_out);
        }
    }
    Picture picture{.ground = palette[ground.name].name, .objects = {}};
    for (const Mask &part : components(mask)) {
        const Mask whole = filled(part);
        if (whole.area() >= smallest_object) {
            picture.objects.push_back(describe(image, part, whole, ground.name));
        }
    }
    return picture;
}

Score score(const Picture &picture, const Scene &scene) {
    Score score{};
    const auto &objects = picture.objects;
    score[attribute("ground")] = picture.ground == scene.ground;
    score[attribute("count")] = objects.size() == static_cast<std::size_t>(scene.count);
    if (objects.empty()) {
        return score;
    }
    const auto all = [&](auto &&holds) {
        return std::all_of(objects.begin(), objects.end(), holds);
    };
    score[attribute("shape")] =
        all([&](const Object &o) { return o.shape == scene.shape && o.overlap > least_overlap; });
    score[attribute("colour")] = all([&](const Object &o) { return o.colour == scene.colour; });
    score[attribute("outline")] = all([&](const Object &o) { return o.outline == scene.outline; });

    Bounds box = objects.front().box;
    std::vector<double> sizes;
    for (const Object &object : objects) {
        box = {std::min(box.left, object.box.left), std::min(box.top, object.box.top),
               std::max(box.right, object.box.right), std::max(box.bottom, object.box.bottom)};
        sizes.push_back(std::max(object.box.width(), object.box.height()));
    }
    const Offset wanted = offset_of(scene.position);
    const auto near = [](double low, double high, double where) {
        return std::abs((low + high) / 2 - where) < position_tolerance;
    };
    // Positions are of pictures of 128 pixels a side, in pixels from the middle.
    score[attribute("position")] = near(box.left, box.right, 64 + wanted.x) && near(box.top, box.bottom, 64 + wanted.y);
    score[attribute("size")] = size_name(median(sizes)) == scene.size;
    return score;
}

std::size_t attribute(std::string_view name) {
    const auto found = std::find(attributes.begin(), attributes.end(), name);
    if (found == attributes.end()) {
        throw std::out_of_range("no attribute is called " + std::string(name));
    }
    return static_cast<std::size_t>(found - attributes.begin());
}

} // namespace able::shapes
