#include "float8.h"

#include <cmath>
#include <cstddef>
#include <limits>

namespace able::diffusion {
namespace {

// One sign bit, `exponent_bits` with the bias of IEEE 754, and the rest.
Float8Values table(int exponent_bits, bool infinities) noexcept {
    const int mantissa_bits = 7 - exponent_bits;
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const int highest = (1 << exponent_bits) - 1;
    const int all_ones = (1 << mantissa_bits) - 1;
    Float8Values values{};
    for (int code = 0; code < 256; ++code) {
        const int exponent = code >> mantissa_bits & highest;
        const int mantissa = code & all_ones;
        double value = exponent == 0 ? std::ldexp(mantissa, 1 - bias - mantissa_bits)
                                     : std::ldexp(mantissa + all_ones + 1, exponent - bias - mantissa_bits);
        if (exponent == highest && infinities) {
            value = mantissa == 0 ? std::numeric_limits<double>::infinity() : std::nan("");
        } else if (exponent == highest && mantissa == all_ones) {
            value = std::nan("");
        }
        values[static_cast<std::size_t>(code)] = static_cast<float>(code < 128 ? value : -value);
    }
    return values;
}

} // namespace

const Float8Values *float8_values(const able_view &view) noexcept {
    static const Float8Values e4m3fn = table(4, false);
    static const Float8Values e5m2 = table(5, true);
    if (view.dtype_bits != 8 || view.dtype_lanes != 1) {
        return nullptr;
    }
    if (view.dtype_code == ABLE_DTYPE_FLOAT8_E4M3FN) {
        return &e4m3fn;
    }
    return view.dtype_code == ABLE_DTYPE_FLOAT8_E5M2 ? &e5m2 : nullptr;
}

} // namespace able::diffusion
