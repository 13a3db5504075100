#include "size_text.h"

#include <array>
#include <cstdio>

namespace able::app {

std::string size_text(std::uint64_t bytes) {
    constexpr std::array<const char *, 5> units = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, unit > 0 && value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return buffer;
}

} // namespace able::app
