#include "isa.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <string>

namespace able::kernels {
namespace {

constexpr Isa every_isa[] = {Isa::portable, Isa::avx2, Isa::avx512, Isa::avx512_bf16};

#if ABLE_KERNELS_X86
// These ask whether the system saves the registers, too.
bool has_avx2() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

bool has_avx512() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

} // namespace

const char *isa_name(Isa isa) {
    switch (isa) {
    case Isa::avx2:
        return "avx2";
    case Isa::avx512:
        return "avx512";
    case Isa::avx512_bf16:
        return "avx512_bf16";
    case Isa::portable:
        break;
    }
    return "portable";
}

std::vector<Isa> supported_isas() {
    std::vector<Isa> supported{Isa::portable};
#if ABLE_KERNELS_X86
    if (has_avx2()) {
        supported.push_back(Isa::avx2);
    }
    if (has_avx2() && has_avx512()) {
        supported.push_back(Isa::avx512);
        if (__builtin_cpu_supports("avx512bf16")) {
            supported.push_back(Isa::avx512_bf16);
        }
    }
#endif
    return supported;
}

Isa choose_isa(const char *wanted, const std::vector<Isa> &supported) {
    if (wanted == nullptr || *wanted == '\0') {
        return supported.back();
    }
    const std::string name(wanted);
    const auto *const found =
        std::find_if(std::begin(every_isa), std::end(every_isa), [&](Isa isa) { return name == isa_name(isa); });
    if (found == std::end(every_isa)) {
        throw Error(ABLE_INVALID_ARGUMENT, "ABLEREFUSAL_ISA is \"" + name +
                                               "\"; expected portable, avx2, avx512 or avx512_bf16, or nothing for "
                                               "the best that the processor has");
    }
    if (std::find(supported.begin(), supported.end(), *found) == supported.end()) {
        throw Error(ABLE_UNSUPPORTED, "ABLEREFUSAL_ISA is \"" + name +
                                          "\", which this processor does not run; the best it has is " +
                                          isa_name(supported.back()));
    }
    return *found;
}

} // namespace able::kernels
