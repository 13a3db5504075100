#include "alpha.h"

#include "key.h"
#include "shapes.h"

#include <ablerefusal/glue.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>

namespace able::lora {

namespace {

// The bytes as they lie in the file, which aligns nothing.
template <class Number>
Number load(const able_view &view) {
    Number value;
    std::memcpy(&value, static_cast<const char *>(view.data) + view.byte_offset, sizeof value);
    return value;
}

// IEEE 754 binary16.
double half_to_double(uint16_t bits) {
    const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
    const int exponent = (bits >> 10) & 0x1F;
    const int mantissa = bits & 0x3FF;
    if (exponent == 0x1F) {
        return mantissa != 0 ? std::nan("") : sign * HUGE_VAL;
    }
    if (exponent == 0) {
        return sign * std::ldexp(mantissa, -24);
    }
    return sign * std::ldexp(mantissa + 0x400, exponent - 25);
}

// bfloat16 is the upper half of a float.
double bfloat_to_double(uint16_t bits) {
    const uint32_t wide = static_cast<uint32_t>(bits) << 16;
    float value;
    std::memcpy(&value, &wide, sizeof value);
    return value;
}

double scalar(const able_view &view, std::string_view key) {
    const int code = view.dtype_code;
    const int bits = view.dtype_bits;
    if (code == ABLE_DTYPE_FLOAT && bits == 16) {
        return half_to_double(load<uint16_t>(view));
    }
    if (code == ABLE_DTYPE_FLOAT && bits == 32) {
        return load<float>(view);
    }
    if (code == ABLE_DTYPE_FLOAT && bits == 64) {
        return load<double>(view);
    }
    if (code == ABLE_DTYPE_BFLOAT && bits == 16) {
        return bfloat_to_double(load<uint16_t>(view));
    }
    if (code == ABLE_DTYPE_INT && bits == 32) {
        return load<int32_t>(view);
    }
    if (code == ABLE_DTYPE_INT && bits == 64) {
        return static_cast<double>(load<int64_t>(view));
    }
    throw Error(ABLE_UNSUPPORTED, in_quotes(key) + " is neither a float nor an integer of 32 or 64 bits");
}

void check_single(const able_view &view, std::string_view key) {
    const Shape shape = shape_of(view);
    for (const int64_t extent : shape) {
        if (extent != 1) {
            throw Error(ABLE_BAD_FILE, in_quotes(key) + " has shape " + to_string(shape) + "; expected a single value");
        }
    }
}

} // namespace

double read_alpha(const able_view &view, std::string_view key) {
    check_single(view, key);
    const double alpha = scalar(view, key);
    if (!std::isfinite(alpha)) {
        throw Error(ABLE_BAD_FILE, in_quotes(key) + " is not a finite number; the adapter's file is damaged");
    }
    return alpha;
}

bool read_flag(const able_view &view, std::string_view key) {
    check_single(view, key);
    const bool whole =
        view.dtype_code == ABLE_DTYPE_BOOL || view.dtype_code == ABLE_DTYPE_INT || view.dtype_code == ABLE_DTYPE_UINT;
    const std::size_t bytes = view.dtype_bits / 8U;
    if (!whole || bytes < 1 || bytes > sizeof(uint64_t)) {
        throw Error(ABLE_UNSUPPORTED, in_quotes(key) + " is neither a boolean nor an integer");
    }
    uint64_t bits = 0;
    std::memcpy(&bits, static_cast<const char *>(view.data) + view.byte_offset, bytes);
    return bits != 0;
}

} // namespace able::lora
