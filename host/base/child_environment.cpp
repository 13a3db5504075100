#include "child_environment.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace able::base {

namespace {

constexpr std::array<std::string_view, 16> names{"PATH",
                                                 "HOME",
                                                 "USER",
                                                 "LOGNAME",
                                                 "LANG",
                                                 "LANGUAGE",
                                                 "TZ",
                                                 "TMPDIR",
                                                 "LD_LIBRARY_PATH",
                                                 "LD_PRELOAD",
                                                 "ABLEREFUSAL_ISA",
                                                 "NO_COLOR",
                                                 "ASAN_OPTIONS",
                                                 "LSAN_OPTIONS",
                                                 "TSAN_OPTIONS",
                                                 "UBSAN_OPTIONS"};
constexpr std::array<std::string_view, 19> prefixes{
    "LC_",      "OMP_",  "GOMP_",   "KMP_", "MKL_", "OPENBLAS_", "GOTO_",   "DNNL_",   "ONEDNN_", "TORCH_",
    "PYTORCH_", "CUDA_", "NVIDIA_", "HIP_", "HSA_", "ROCR_",     "MIOPEN_", "MALLOC_", "GLIBC_"};
constexpr std::array<std::string_view, 5> secrets{"TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "_KEY"};

bool is_kept(std::string_view name) {
    const auto is_name = [name](std::string_view each) {
        return name == each;
    };
    const auto begins = [name](std::string_view prefix) {
        return name.starts_with(prefix);
    };
    const auto holds = [name](std::string_view part) {
        return name.find(part) != std::string_view::npos;
    };
    const bool known =
        std::any_of(names.begin(), names.end(), is_name) || std::any_of(prefixes.begin(), prefixes.end(), begins);
    return known && std::none_of(secrets.begin(), secrets.end(), holds);
}

} // namespace

std::vector<std::string> child_environment(const std::vector<std::string> &all) {
    std::vector<std::string> kept;
    std::copy_if(all.begin(), all.end(), std::back_inserter(kept), [](const std::string &variable) {
        const std::size_t equals = variable.find('=');
        return equals != std::string::npos && is_kept(std::string_view(variable).substr(0, equals));
    });
    return kept;
}

} // namespace able::base
