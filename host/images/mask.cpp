#include "mask.h"

#include "resize.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

namespace able::images {

namespace {

constexpr std::uint8_t white_from = 128;

std::vector<double> gaussian(double sigma) {
    const int radius = static_cast<int>(2.5 * sigma + 0.5);
    std::vector<double> weights;
    double sum = 0;
    for (int i = -radius; i <= radius; ++i) {
        weights.push_back(std::exp(-0.5 * i * i / (sigma * sigma)));
        sum += weights.back();
    }
    for (double &weight : weights) {
        weight /= sum;
    }
    return weights;
}

// Place `i` in a row of `size`, mirrored at its ends without repeating them: -1 is 1, size is size - 2.
std::size_t mirrored(std::int64_t i, std::int64_t size) {
    if (size == 1) {
        return 0;
    }
    const std::int64_t period = 2 * (size - 1);
    const std::int64_t place = std::abs(i) % period;
    return static_cast<std::size_t>(place < size ? place : period - place);
}

// Every line of `length` values, `stride` apart, of which there are `lines`, `step` apart.
void blur_lines(std::vector<std::uint8_t> &values, const std::vector<double> &weights, std::uint32_t length,
                std::size_t stride, std::uint32_t lines, std::size_t step) {
    const auto radius = static_cast<std::int64_t>(weights.size() / 2);
    std::vector<std::uint8_t> line(length);
    for (std::uint32_t l = 0; l < lines; ++l) {
        std::uint8_t *start = &values[l * step];
        for (std::uint32_t i = 0; i < length; ++i) {
            line[i] = start[i * stride];
        }
        for (std::int64_t i = 0; i < length; ++i) {
            double sum = 0;
            for (std::int64_t k = -radius; k <= radius; ++k) {
                sum += weights[static_cast<std::size_t>(k + radius)] * line[mirrored(i + k, length)];
            }
            start[static_cast<std::size_t>(i) * stride] = static_cast<std::uint8_t>(std::lround(sum));
        }
    }
}

} // namespace

bool Mask::empty() const {
    return std::all_of(values.begin(), values.end(), [](std::uint8_t value) { return value < white_from; });
}

Mask read_mask(const Image &image, std::uint32_t width, std::uint32_t height) {
    Mask mask{width, height, luma(resize_lanczos(image, width, height))};
    for (std::uint8_t &value : mask.values) {
        value = value >= white_from ? 255 : 0;
    }
    return mask;
}

Mask inverted(Mask mask) {
    for (std::uint8_t &value : mask.values) {
        value = static_cast<std::uint8_t>(255 - value);
    }
    return mask;
}

Mask blurred(const Mask &mask, double sigma) {
    Mask result = mask;
    if (sigma > 0) {
        const std::vector<double> weights = gaussian(sigma);
        blur_lines(result.values, weights, mask.width, 1, mask.height, mask.width);
        blur_lines(result.values, weights, mask.height, mask.width, mask.width, 1);
    }
    return result;
}

Mask doubled(Mask mask) {
    for (std::uint8_t &value : mask.values) {
        value = static_cast<std::uint8_t>(std::min(2 * value, 255));
    }
    return mask;
}

std::vector<float> binary(const Mask &mask) {
    return binary(mask, 1);
}

std::vector<float> binary(const Mask &mask, std::uint32_t step) {
    if (step == 0 || mask.width % step != 0 || mask.height % step != 0) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "a mask of " + std::to_string(mask.width) + "x" +
                                                    std::to_string(mask.height) + " has no value for each " +
                                                    std::to_string(step) + " pixels");
    }
    std::vector<float> result;
    for (std::uint32_t y = 0; y < mask.height; y += step) {
        for (std::uint32_t x = 0; x < mask.width; x += step) {
            result.push_back(mask.values[std::size_t{y} * mask.width + x] >= white_from ? 1.0F : 0.0F);
        }
    }
    return result;
}

Image composite(const Image &original, const Image &painted, const Mask &mask) {
    require_consistent(original);
    if (painted.rgb.size() != original.rgb.size() || painted.width != original.width || mask.width != original.width ||
        mask.values.size() * 3 != original.rgb.size()) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "pictures and mask must have the same size to be laid over each other");
    }
    Image result = original;
    for (std::size_t i = 0; i < result.rgb.size(); ++i) {
        const unsigned share = mask.values[i / 3];
        const unsigned sum = painted.rgb[i] * share + original.rgb[i] * (255U - share);
        result.rgb[i] = static_cast<std::uint8_t>((sum + 127U) / 255U);
    }
    return result;
}

} // namespace able::images
