// Vectors of AVX2 with FMA. Included by one file per set of instructions, so all is local.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace able::kernels {
namespace {

struct Bf16 {
    uint16_t bits;
};

struct Avx2 {
    static constexpr int64_t width = 8;
    using Float = __m256;

    static constexpr int64_t score_vectors = 2;
    static constexpr int64_t value_vectors = 3;
    static constexpr int64_t value_queries[] = {0, 12, 6, 4};

    static Float set(float value) { return _mm256_set1_ps(value); }
    static Float load(const float *from) { return _mm256_loadu_ps(from); }
    static Float load(const Bf16 *from) {
        const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from));
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
    }
    static void store(float *to, Float x) { _mm256_storeu_ps(to, x); }
    static void store(Bf16 *to, Float x) {
        const __m256i bits = _mm256_castps_si256(x);
        const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
        const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
        const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
        const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
        const __m256i high = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
        const __m128i halves = _mm_packus_epi32(_mm256_castsi256_si128(high), _mm256_extracti128_si256(high, 1));
        _mm_storeu_si128(reinterpret_cast<__m128i *>(to), halves);
    }

    static Float fma(Float a, Float b, Float c) { return _mm256_fmadd_ps(a, b, c); }
    static Float absolute(Float x) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), x); }
    static Float largest(Float a, Float b) { return _mm256_max_ps(a, b); }
    static Float smallest(Float a, Float b) { return _mm256_min_ps(a, b); }
    static bool any_above(Float a, Float b) { return _mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ)) != 0; }
    static Float round(Float x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static Float scale(Float x, Float n) {
        const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
        return _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
    }
};

} // namespace
} // namespace able::kernels
