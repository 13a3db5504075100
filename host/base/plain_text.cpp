#include "plain_text.h"

#include "utf8.h"

#include <algorithm>

namespace able::base {

namespace {

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The length in bytes of the well-formed character at the beginning; 0 if there is none.
std::size_t character_length(std::string_view text) {
    for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
        if (is_utf8(text.substr(0, length))) {
            return length;
        }
    }
    return 0;
}

} // namespace

std::string plain_text(std::string_view text, std::size_t longest) {
    const bool cut = text.size() > longest;
    if (cut) {
        std::size_t end = longest;
        while (end > 0 && continues(text[end])) {
            --end;
        }
        text = text.substr(0, end);
    }
    std::string plain;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const auto byte = static_cast<unsigned char>(text.front());
        if (length == 0) {
            plain += '?';
        } else if (byte < 0x20 || byte == 0x7F) {
            plain += ' ';
        } else {
            plain += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return cut ? plain + "…" : plain;
}

} // namespace able::base
