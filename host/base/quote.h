// Names from files, fit for a message.
#pragma once

#include <string>
#include <string_view>

namespace able::base {

// `name` between quotes, cut to a readable length, control characters replaced: a hostile name may not forge log lines.
inline std::string quote(std::string_view name) {
    constexpr std::size_t longest = 120;
    std::string text = "'";
    for (const char c : name.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(c);
        text += byte < 0x20 || byte == 0x7F ? '?' : c;
    }
    // Never end within a UTF-8 sequence.
    if (name.size() > longest) {
        while (text.size() > 1 && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
            text.pop_back();
        }
        if (text.size() > 1 && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) {
            text.pop_back();
        }
        text += "…";
    }
    return text + "'";
}

} // namespace able::base
