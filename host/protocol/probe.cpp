#include "probe.h"

#include <algorithm>
#include <iterator>

namespace able::protocol {

std::uint64_t MemoryNeed::working_at(std::uint64_t pixels) const {
    if (working.empty()) {
        return 0;
    }
    const auto above =
        std::find_if(working.begin(), working.end(), [pixels](const auto &entry) { return entry.first >= pixels; });
    if (above == working.begin()) {
        return above->second;
    }
    const auto below = std::prev(above);
    if (above == working.end()) { // beyond what was asked for: in proportion
        return static_cast<std::uint64_t>(static_cast<double>(below->second) * static_cast<double>(pixels) /
                                          static_cast<double>(std::max<std::uint64_t>(below->first, 1)));
    }
    const double part = static_cast<double>(pixels - below->first) / static_cast<double>(above->first - below->first);
    const double from = static_cast<double>(below->second);
    return static_cast<std::uint64_t>(from + (static_cast<double>(above->second) - from) * part);
}

} // namespace able::protocol
