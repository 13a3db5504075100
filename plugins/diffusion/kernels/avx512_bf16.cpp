// Kernels for AVX-512 with bf16.
#include "vector_avx512.h"

#include "make_table.h"

namespace able::kernels {
namespace {

// Words of two bf16 values, which the processor multiplies and adds up in fp32.
struct PairWords {
    using Lanes = __m512i;
    static constexpr int64_t per_word = 2;
    static constexpr int exponent_degree = 3; // the weights are rounded to 8 bits next: 26 times as coarse

    static Lanes load(const uint32_t *from) { return _mm512_loadu_si512(from); }
    static Lanes broadcast(const uint32_t *from) { return _mm512_set1_epi32(static_cast<int>(*from)); }
    static __m512 multiply_add(__m512 sum, Lanes a, Lanes b) { return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b); }
    static uint32_t word(const Bf16 *values) { return values[0].bits | static_cast<uint32_t>(values[1].bits) << 16; }
    static void store(uint32_t *to, const __m512 (&weights)[2]) {
        _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(weights[1], weights[0]));
    }
};

} // namespace

constinit const Tables avx512_bf16_tables = {make_table<Avx512, float, SingleWords<Avx512>>(),
                                             make_table<Avx512, Bf16, PairWords>()};

} // namespace able::kernels
