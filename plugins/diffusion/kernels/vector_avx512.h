// Vectors of AVX-512, and the additions of AVX512_BF16 where the file is compiled for them. Included by one file per
// set of instructions, so all is local.
#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace able::kernels {
namespace {

struct Bf16 {
    uint16_t bits;
};

struct Avx512 {
    static constexpr int64_t width = 16;
    using Float = __m512;

    static constexpr int64_t score_vectors = 4;
    static constexpr int64_t value_vectors = 5;
    static constexpr int64_t value_queries[] = {0, 12, 12, 8, 6, 4};

    static Float set(float value) { return _mm512_set1_ps(value); }
    static Float load(const float *from) { return _mm512_loadu_ps(from); }
    static Float load(const Bf16 *from) {
        const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
    }
    static void store(float *to, Float x) { _mm512_storeu_ps(to, x); }
    static void store(Bf16 *to, Float x) { _mm256_storeu_si256(reinterpret_cast<__m256i *>(to), narrowed(x)); }

    static Float fma(Float a, Float b, Float c) { return _mm512_fmadd_ps(a, b, c); }
    static Float absolute(Float x) { return _mm512_abs_ps(x); }
    static Float largest(Float a, Float b) { return _mm512_max_ps(a, b); }
    static Float smallest(Float a, Float b) { return _mm512_min_ps(a, b); }
    static bool any_above(Float a, Float b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ) != 0; }
    static Float round(Float x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
    static Float scale(Float x, Float n) { return _mm512_scalef_ps(x, n); }

    static __m256i narrowed(Float x) {
#ifdef __AVX512BF16__
        return (__m256i)_mm512_cvtneps_pbh(x);
#else
        const __m512i bits = _mm512_castps_si512(x);
        const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
        const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
        const __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
        const __m512i right = _mm512_mask_mov_epi32(rounded, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), quiet);
        return _mm512_cvtepi32_epi16(_mm512_srli_epi32(right, 16));
#endif
    }
};

} // namespace
} // namespace able::kernels
