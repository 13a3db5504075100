#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace able::app {

namespace {

struct Decoded {
    std::uint32_t code_point = 0;
    std::size_t length = 0; // 0 = invalid
};

// One code point of UTF-8, as RFC 3629 allows it.
Decoded decode(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) {
        return {first, 1};
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) {
        return {};
    }
    std::uint32_t value = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xc0) != 0x80) {
            return {};
        }
        value = value << 6 | (byte & 0x3f);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    return overlong || surrogate || value > 0x10ffff ? Decoded{} : Decoded{value, length};
}

bool harmless(std::uint32_t c) {
    const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    const bool direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f;
    const bool separator = c == 0x2028 || c == 0x2029;
    return !control && !direction && !separator;
}

} // namespace

bool is_terminal(int fd) {
    const char *const kind = std::getenv("TERM");
    return isatty(fd) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

int terminal_width(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return 80;
    }
    return size.ws_col;
}

std::string printable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const Decoded next = decode(text);
        if (next.length == 0 || !harmless(next.code_point)) {
            result += '?';
            text.remove_prefix(next.length == 0 ? 1 : next.length);
            continue;
        }
        result += text.substr(0, next.length);
        text.remove_prefix(next.length);
    }
    return result;
}

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for (const char c : text) {
        width += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    }
    return width;
}

std::string shortened(const std::string &text, std::size_t width) {
    if (display_width(text) <= width) {
        return text;
    }
    const std::string_view dots = width >= 8 ? "..." : "";
    std::size_t kept = 0;
    std::size_t end = 0;
    while (end < text.size()) {
        const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
        if (begins && kept == width - dots.size()) {
            break;
        }
        kept += begins ? 1 : 0;
        ++end;
    }
    return text.substr(0, end).append(dots);
}

} // namespace able::app
