// Which part of a picture is painted anew.
#pragma once

#include "image.h"

namespace able::images {

// Row by row from the top, a byte a pixel: 255 is painted anew, 0 is kept.
struct Mask {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::vector<std::uint8_t> values;

    bool empty() const; // nothing is painted anew
};

// What was sent as a mask, at that size: resized as pictures are, then luma, then black below 128 and white from there
// on (diffusers' mask_processor). Throws ImageError as resize_lanczos does.
Mask read_mask(const Image &image, std::uint32_t width, std::uint32_t height);

Mask inverted(Mask mask);

// Gaussian of `sigma` pixels, cut off after int(2.5 sigma + 0.5) of them, the edge pixel's neighbours mirrored: what
// A1111's "mask blur" asks of cv2.GaussianBlur. 0 changes nothing.
Mask blurred(const Mask &mask, double sigma);

// Twice the values, at most 255: of a blurred edge, the half inside the mask becomes solid. For laying a picture that
// was painted under the mask's harder edge over its original (A1111, processing.py, mask_for_overlay).
Mask doubled(Mask mask);

// 1 where the mask is 128 or more, else 0.
std::vector<float> binary(const Mask &mask);

// The same at every `step`-th pixel of every `step`-th row, which is torch's nearest interpolation: (height / step)
// rows of width / step values. Throws ImageError (ABLE_INVALID_ARGUMENT) unless both sides are multiples of `step`.
std::vector<float> binary(const Mask &mask, std::uint32_t step);

// `painted` over `original` by the mask's values, rounded: where it is 0 the original's bytes, where it is 255 the
// painted ones. Throws ImageError (ABLE_INVALID_ARGUMENT) unless all three have one size.
Image composite(const Image &original, const Image &painted, const Mask &mask);

// What is under the mask replaced by its surroundings, blurred wide and then ever narrower, so that colours run in from
// the edges: A1111's "fill" (modules/masking.py), with Pillow's arithmetic. Throws as composite().
Image filled(const Image &image, const Mask &mask);

} // namespace able::images
