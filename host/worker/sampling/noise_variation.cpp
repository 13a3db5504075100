#include "noise_variation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace able::worker {

namespace {

// Beyond this mean cosine the UI takes two noises for the same.
constexpr double same_noise = 0.9995;

// The cosine between the two noises' column `x` of channel `c`.
double cosine(std::span<const float> low, std::span<const float> high, const LatentShape &shape, std::size_t c,
              std::size_t x) {
    double low_squares = 0, high_squares = 0, products = 0;
    for (std::size_t y = 0; y < shape.height; ++y) {
        const std::size_t i = (c * shape.height + y) * shape.width + x;
        low_squares += double{low[i]} * double{low[i]};
        high_squares += double{high[i]} * double{high[i]};
        products += double{low[i]} * double{high[i]};
    }
    const double lengths = std::sqrt(low_squares * high_squares);
    return lengths > 0 ? std::clamp(products / lengths, -1.0, 1.0) : 1.0;
}

// What the two noises count for in a column, given the cosine between them.
struct Shares {
    double low, high;
};

Shares shares(double strength, double cosine) {
    const double angle = std::acos(cosine), sine = std::sin(angle);
    if (sine < 1e-9) { // parallel columns, though not everywhere: every arc between them is as good as the chord
        return {1 - strength, strength};
    }
    return {std::sin((1 - strength) * angle) / sine, std::sin(strength * angle) / sine};
}

// One way of laying `from` values over `onto` values, middle over middle; an odd one out goes as in the UI, whose
// halves round down, below 0 too.
struct Overlap {
    std::size_t to = 0, from = 0, length = 0;
};

Overlap overlap(std::size_t onto, std::size_t from) {
    const std::int64_t difference = static_cast<std::int64_t>(onto) - static_cast<std::int64_t>(from);
    if (difference >= 0) {
        return {static_cast<std::size_t>(difference / 2), 0, from};
    }
    const auto margin = static_cast<std::size_t>((1 - difference) / 2);
    return {0, margin, from - 2 * margin};
}

} // namespace

std::vector<float> slerp(double strength, std::span<const float> low, std::span<const float> high,
                         const LatentShape &shape) {
    std::vector<double> cosines;
    cosines.reserve(shape.channels * shape.width);
    double sum = 0;
    for (std::size_t c = 0; c < shape.channels; ++c) {
        for (std::size_t x = 0; x < shape.width; ++x) {
            cosines.push_back(cosine(low, high, shape, c, x));
            sum += cosines.back();
        }
    }
    const bool same = sum > same_noise * static_cast<double>(cosines.size());
    std::vector<float> out(shape.elements());
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::size_t column = i / (shape.height * shape.width) * shape.width + i % shape.width;
        const Shares share = same ? Shares{strength, 1 - strength} : shares(strength, cosines[column]);
        out[i] = static_cast<float>(share.low * double{low[i]} + share.high * double{high[i]});
    }
    return out;
}

void paste_centred(std::span<float> onto, const LatentShape &onto_shape, std::span<const float> noise,
                   const LatentShape &noise_shape) {
    const Overlap rows = overlap(onto_shape.height, noise_shape.height);
    const Overlap columns = overlap(onto_shape.width, noise_shape.width);
    for (std::size_t c = 0; c < onto_shape.channels; ++c) {
        for (std::size_t row = 0; row < rows.length; ++row) {
            const std::size_t to = (c * onto_shape.height + rows.to + row) * onto_shape.width + columns.to;
            const std::size_t from = (c * noise_shape.height + rows.from + row) * noise_shape.width + columns.from;
            const auto line = noise.subspan(from, columns.length);
            std::copy(line.begin(), line.end(), onto.begin() + static_cast<std::ptrdiff_t>(to));
        }
    }
}

} // namespace able::worker
