// Vectors of the compiler's own making, for any processor. Included by one file per set of instructions, so all is
// local.
#pragma once

#include <stdint.h>

namespace able::kernels {
namespace {

struct Bf16 {
    uint16_t bits;
};

struct Portable {
    static constexpr int64_t width = 4;
    using Float = float __attribute__((vector_size(16)));
    using Bits = uint32_t __attribute__((vector_size(16)));
    using Halves = uint16_t __attribute__((vector_size(8)));

    // How many vectors attention keeps in registers: of scores for six queries, of values.
    static constexpr int64_t score_vectors = 2;
    static constexpr int64_t value_vectors = 3;
    static constexpr int64_t value_queries[] = {0, 12, 6, 4};

    static Float set(float value) { return Float{value, value, value, value}; }
    static Float load(const float *from) {
        Float x;
        __builtin_memcpy(&x, from, sizeof x);
        return x;
    }
    static Float load(const Bf16 *from) {
        Halves halves;
        __builtin_memcpy(&halves, from, sizeof halves);
        return (Float)(__builtin_convertvector(halves, Bits) << 16);
    }
    static void store(float *to, Float x) { __builtin_memcpy(to, &x, sizeof x); }
    static void store(Bf16 *to, Float x) {
        const Bits bits = (Bits)x;
        const Bits rounded = bits + 0x7fff + ((bits >> 16) & 1);
        const Bits quiet = bits | 0x400000;
        const Bits nan = (Bits)(x != x);
        const Halves halves = __builtin_convertvector(((nan & quiet) | (~nan & rounded)) >> 16, Halves);
        __builtin_memcpy(to, &halves, sizeof halves);
    }

    static Float fma(Float a, Float b, Float c) { return a * b + c; }
    static Float absolute(Float x) { return (Float)((Bits)x & 0x7fffffff); }
    // b where either is no number, as x86 has it.
    static Float largest(Float a, Float b) { return select((Bits)(a > b), a, b); }
    static Float smallest(Float a, Float b) { return select((Bits)(a < b), a, b); }
    static bool any_above(Float a, Float b) {
        const Bits above = (Bits)(a > b);
        return (above[0] | above[1] | above[2] | above[3]) != 0;
    }
    static Float round(Float x) { // of numbers below 2^22
        const Float magic = set(12582912.0F);
        return (x + magic) - magic;
    }
    // x * 2^n, n whole and in [-126, 127]
    static Float scale(Float x, Float n) {
        using Whole = int32_t __attribute__((vector_size(16)));
        return x * (Float)(((Bits) __builtin_convertvector(n, Whole) + 127) << 23);
    }

private:
    static Float select(Bits where, Float a, Float b) { return (Float)((where & (Bits)a) | (~where & (Bits)b)); }
};

} // namespace
} // namespace able::kernels
