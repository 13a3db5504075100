// Which instructions the kernels use.
#pragma once

#include <string_view>
#include <vector>

namespace able::kernels {

// From what every processor has to what few have; on x86-64 each includes those before it. `portable` alone is
// everywhere.
enum class Isa { portable, avx2, avx512, avx512_bf16 };

const char *isa_name(Isa isa);

// What this processor and its system run, in ascending order; never empty. avx2 includes FMA; avx512 is F, BW, DQ and
// VL.
std::vector<Isa> supported_isas();

// The best of `supported`, or the one named by `wanted`, the value of ABLEREFUSAL_ISA, unless that is null or empty.
// Throws able::Error: ABLE_INVALID_ARGUMENT for a name that is none, ABLE_UNSUPPORTED for one that is not in
// `supported`.
Isa choose_isa(const char *wanted, const std::vector<Isa> &supported);

} // namespace able::kernels
