#include "mask.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace able::images {

namespace {

using Pixel = std::array<std::uint8_t, 4>; // RGBA

struct Layer {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::vector<Pixel> pixels;
};

// a / 255, rounded, for a below 65536 (Pillow, ImagingUtils.h).
unsigned over_255(unsigned a) {
    a += 128;
    return ((a >> 8U) + a) >> 8U;
}

// The box that, drawn three times, comes nearest to a Gaussian of `sigma`; with a fraction for the two pixels at its
// ends. Gwosdek et al. 2011, as in Pillow's BoxBlur.c, whose single precision it keeps.
float box_radius(float sigma) {
    constexpr float passes = 3;
    const float variance = sigma * sigma / passes;
    const auto length = static_cast<float>(std::sqrt(12.0 * variance + 1.0));
    const auto whole = static_cast<float>(std::floor((length - 1.0) / 2.0));
    const float rest = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
    return whole + rest / (6 * (variance - (whole + 1) * (whole + 1)));
}

// Means along one line, its ends repeated outwards; in 24-bit fixed point.
void box_blur(std::vector<Pixel> &line, float radius) {
    const auto whole = static_cast<std::int64_t>(radius);
    const auto weight = static_cast<std::uint32_t>(static_cast<float>(1U << 24U) / (radius * 2 + 1));
    const auto edge =
        static_cast<std::uint32_t>(((1U << 24U) - static_cast<std::uint32_t>(2 * whole + 1) * weight) / 2);
    const std::vector<Pixel> in = line;
    const auto last = static_cast<std::int64_t>(in.size()) - 1;
    const auto at = [&](std::int64_t i) -> const Pixel & {
        return in[static_cast<std::size_t>(std::clamp<std::int64_t>(i, 0, last))];
    };
    for (std::size_t c = 0; c < 4; ++c) {
        std::uint32_t sum = 0;
        for (std::int64_t i = -whole - 1; i < whole; ++i) {
            sum += at(i)[c];
        }
        for (std::int64_t i = 0; i <= last; ++i) {
            sum += at(i + whole)[c];
            sum -= at(i - whole - 1)[c];
            const std::uint32_t ends = at(i - whole - 1)[c] + std::uint32_t{at(i + whole + 1)[c]};
            line[static_cast<std::size_t>(i)][c] =
                static_cast<std::uint8_t>((sum * weight + ends * edge + (1U << 23U)) >> 24U);
        }
    }
}

// All passes along the rows, then all along the columns.
Layer gaussian_blurred(const Layer &layer, float sigma) {
    if (sigma == 0) {
        return layer;
    }
    constexpr int passes = 3;
    const float radius = box_radius(sigma);
    Layer result = layer;
    const auto blur = [&](std::size_t lines, std::size_t step, std::size_t length, std::size_t stride) {
        std::vector<Pixel> line(length);
        for (std::size_t l = 0; l < lines; ++l) {
            for (std::size_t i = 0; i < length; ++i) {
                line[i] = result.pixels[l * step + i * stride];
            }
            for (int pass = 0; pass < passes; ++pass) {
                box_blur(line, radius);
            }
            for (std::size_t i = 0; i < length; ++i) {
                result.pixels[l * step + i * stride] = line[i];
            }
        }
    };
    blur(layer.height, layer.width, layer.width, 1);
    blur(layer.width, 1, layer.height, layer.width);
    return result;
}

Pixel unmultiplied(Pixel pixel) {
    const unsigned alpha = pixel[3];
    if (alpha != 0 && alpha != 255) {
        for (std::size_t c = 0; c < 3; ++c) {
            pixel[c] = static_cast<std::uint8_t>(std::min(255U * pixel[c] / alpha, 255U));
        }
    }
    return pixel;
}

// `source` over `target`, both of straight alpha, with 7 more bits than the result has (Pillow, AlphaComposite.c).
void lay_over(Pixel &target, const Pixel &source) {
    if (source[3] == 0) {
        return;
    }
    constexpr unsigned bits = 7;
    const unsigned blend = target[3] * (255U - source[3]);
    const unsigned alpha = source[3] * 255U + blend;
    const unsigned own = source[3] * 255U * 255U * (1U << bits) / alpha;
    const unsigned rest = 255U * (1U << bits) - own;
    for (std::size_t c = 0; c < 3; ++c) {
        const unsigned sum = source[c] * own + target[c] * rest + (0x80U << bits);
        target[c] = static_cast<std::uint8_t>((((sum >> 8U) + sum) >> 8U) >> bits);
    }
    target[3] = static_cast<std::uint8_t>(over_255(alpha));
}

} // namespace

Image filled(const Image &image, const Mask &mask) {
    require_consistent(image);
    if (mask.width != image.width || mask.values.size() * 3 != image.rgb.size()) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "picture and mask must have the same size to fill one under the other");
    }
    Layer kept{image.width, image.height, std::vector<Pixel>(mask.values.size())};
    for (std::size_t i = 0; i < kept.pixels.size(); ++i) {
        const unsigned share = 255U - mask.values[i];
        for (std::size_t c = 0; c < 3; ++c) {
            kept.pixels[i][c] = static_cast<std::uint8_t>(over_255(image.rgb[3 * i + c] * share));
        }
        kept.pixels[i][3] = static_cast<std::uint8_t>(share);
    }
    struct Blur {
        float sigma;
        int repeats;
    };
    constexpr std::array<Blur, 6> blurs{{{256, 1}, {64, 1}, {16, 2}, {4, 4}, {2, 2}, {0, 1}}};
    std::vector<Pixel> result(kept.pixels.size());
    for (const Blur &blur : blurs) {
        const Layer layer = gaussian_blurred(kept, blur.sigma);
        for (std::size_t i = 0; i < result.size(); ++i) {
            const Pixel pixel = unmultiplied(layer.pixels[i]);
            for (int repeat = 0; repeat < blur.repeats; ++repeat) {
                lay_over(result[i], pixel);
            }
        }
    }
    Image out = image;
    for (std::size_t i = 0; i < result.size(); ++i) {
        std::copy_n(result[i].begin(), 3, &out.rgb[3 * i]);
    }
    return out;
}

} // namespace able::images
