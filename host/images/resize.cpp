#include "resize.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace able::images {

namespace {

constexpr double lanczos_a = 3.0;
// Weights are integers of this many fractional bits: 32, less 8 for the samples and 2 against overflow (Pillow,
// src/libImaging/Resample.c).
constexpr int fraction_bits = 22;
constexpr std::uint32_t longest_side = 16'384;

double sinc(double x) {
    if (x == 0.0) {
        return 1.0;
    }
    x *= std::numbers::pi;
    return std::sin(x) / x;
}

double lanczos(double x) {
    return x >= -lanczos_a && x < lanczos_a ? sinc(x) * sinc(x / lanczos_a) : 0.0;
}

// For one output sample: the input samples from `first` and their weights.
struct Window {
    std::size_t first = 0;
    std::vector<std::int32_t> weights;
};

std::vector<Window> windows(std::uint32_t in_size, std::uint32_t out_size) {
    const double scale = static_cast<double>(in_size) / out_size;
    const double filter_scale = std::max(scale, 1.0); // widened when shrinking: antialiasing
    const double support = lanczos_a * filter_scale;
    std::vector<Window> result(out_size);
    std::vector<double> weights;
    for (std::uint32_t i = 0; i < out_size; ++i) {
        const double center = (i + 0.5) * scale;
        // Sample j has its centre at j + 0.5: those within the support, of those there are.
        const double left = std::max(center - support + 0.5, 0.0);
        const double right = std::min(center + support + 0.5, static_cast<double>(in_size));
        const int first = static_cast<int>(left);
        const int last = static_cast<int>(right);
        weights.clear();
        double sum = 0.0;
        for (int j = first; j < last; ++j) {
            weights.push_back(lanczos((j - center + 0.5) * (1.0 / filter_scale)));
            sum += weights.back();
        }
        Window &window = result[i];
        window.first = static_cast<std::size_t>(first);
        for (const double weight : weights) {
            const double fixed = (sum != 0.0 ? weight / sum : weight) * (1 << fraction_bits);
            window.weights.push_back(static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
        }
    }
    return result;
}

// One output sample; `stride` bytes from one input sample to the next.
std::uint8_t weigh(const Window &window, const std::uint8_t *samples, std::size_t stride) {
    std::int32_t sum = 1 << (fraction_bits - 1);
    for (const std::int32_t weight : window.weights) {
        sum += weight * *samples;
        samples += stride;
    }
    return static_cast<std::uint8_t>(std::clamp(sum >> fraction_bits, 0, 255));
}

Image resize_rows(const Image &image, std::uint32_t width) {
    const std::vector<Window> table = windows(image.width, width);
    Image result{width, image.height, std::vector<std::uint8_t>(std::size_t{width} * image.height * 3)};
    std::uint8_t *out = result.rgb.data();
    for (std::uint32_t y = 0; y < image.height; ++y) {
        const std::uint8_t *row = &image.rgb[std::size_t{y} * image.width * 3];
        for (const Window &window : table) {
            for (std::size_t c = 0; c < 3; ++c) {
                *out++ = weigh(window, row + 3 * window.first + c, 3);
            }
        }
    }
    return result;
}

Image resize_columns(const Image &image, std::uint32_t height) {
    const std::vector<Window> table = windows(image.height, height);
    const std::size_t stride = std::size_t{image.width} * 3;
    Image result{image.width, height, std::vector<std::uint8_t>(stride * height)};
    std::uint8_t *out = result.rgb.data();
    for (const Window &window : table) {
        const std::uint8_t *top = &image.rgb[window.first * stride];
        for (std::size_t i = 0; i < stride; ++i) {
            *out++ = weigh(window, top + i, stride);
        }
    }
    return result;
}

} // namespace

Image resize_lanczos(const Image &image, std::uint32_t width, std::uint32_t height) {
    require_consistent(image);
    if (width == 0 || height == 0 || width > longest_side || height > longest_side) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "a picture cannot be resized to " + std::to_string(width) + "x" +
                                                    std::to_string(height) + ": each side is 1 to " +
                                                    std::to_string(longest_side) + " pixels");
    }
    // Pillow 13.0, src/libImaging/Resample.c, ImagingResampleInner: the pass that makes the other one cheaper. Both
    // round to bytes, so the order shows.
    const auto shrinks_by = [](std::uint32_t from, std::uint32_t to) {
        return std::int64_t{from} - to;
    };
    const std::int64_t lower = shrinks_by(image.height, height);
    if (lower > 0 && lower > 2 * shrinks_by(image.width, width)) {
        const Image result = resize_columns(image, height);
        return result.width == width ? result : resize_rows(result, width);
    }
    Image result = image.width == width ? image : resize_rows(image, width);
    return result.height == height ? result : resize_columns(result, height);
}

} // namespace able::images
