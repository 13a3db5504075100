// Lists in sentences.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace able::base {

inline std::string joined(const std::vector<std::string> &list, std::string_view between) {
    std::string text;
    for (std::size_t i = 0; i < list.size(); ++i) {
        text += (i == 0 ? "" : std::string(between)) + list[i];
    }
    return text;
}

} // namespace able::base
