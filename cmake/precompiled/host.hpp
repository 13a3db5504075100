// What nearly every file of the host reads, compiled once for all of them (cmake/AbleBuildTime.cmake). No file relies
// on it: each includes what it needs.
#pragma once

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#if defined(FMT_SHARED) && FMT_VERSION >= 90000 && FMT_VERSION < 100000
// The formatter behind every line of the log is in libfmt, but fmt 9 does not say so in its header: every file that
// logs would compile it anew, a quarter of the file's time.
namespace fmt {
inline namespace v9 {
namespace detail {
extern template void vformat_to<char>(buffer<char> &, basic_string_view<char>, basic_format_args<buffer_context<char>>,
                                      locale_ref);
} // namespace detail
} // namespace v9
} // namespace fmt
#endif
