#include "text_file.h"

#include "utf8.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

namespace able::base {
namespace {

constexpr std::string_view save_as = "; save the file as UTF-8";

enum class Encoding { utf8, utf16_little, utf16_big };

struct Start {
    Encoding encoding = Encoding::utf8;
    std::size_t mark = 0; // bytes of the byte order mark
};

// Recognises UTF-16 without a byte order mark by its NUL bytes: every space and line end has one, always in the same
// half of the pair.
Start start_of(std::string_view bytes) {
    if (bytes.starts_with("\xef\xbb\xbf")) {
        return {Encoding::utf8, 3};
    }
    if (bytes.starts_with("\xff\xfe")) {
        return {Encoding::utf16_little, 2};
    }
    if (bytes.starts_with("\xfe\xff")) {
        return {Encoding::utf16_big, 2};
    }
    std::size_t even = 0, odd = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        (i % 2 == 0 ? even : odd) += bytes[i] == '\0' ? 1 : 0;
    }
    if (bytes.size() % 2 == 0 && even == 0 && odd > 0) {
        return {Encoding::utf16_little, 0};
    }
    if (bytes.size() % 2 == 0 && odd == 0 && even > 0) {
        return {Encoding::utf16_big, 0};
    }
    return {};
}

std::string place(const std::string &file, std::string_view before) {
    return file + ", line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n'));
}

void append(std::string &out, std::uint32_t point) {
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += {static_cast<char>(0xc0U | (point >> 6U)), static_cast<char>(0x80U | (point & 0x3fU))};
    } else if (point < 0x10000) {
        out += {static_cast<char>(0xe0U | (point >> 12U)), static_cast<char>(0x80U | ((point >> 6U) & 0x3fU)),
                static_cast<char>(0x80U | (point & 0x3fU))};
    } else {
        out += {static_cast<char>(0xf0U | (point >> 18U)), static_cast<char>(0x80U | ((point >> 12U) & 0x3fU)),
                static_cast<char>(0x80U | ((point >> 6U) & 0x3fU)), static_cast<char>(0x80U | (point & 0x3fU))};
    }
}

std::string from_utf16(std::string_view bytes, bool big, const std::string &file) {
    const auto unit = [&](std::size_t at) -> std::uint32_t {
        const auto first = static_cast<unsigned char>(bytes[at]), second = static_cast<unsigned char>(bytes[at + 1]);
        return big ? first << 8U | second : second << 8U | first;
    };
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        std::uint32_t point = i + 1 < bytes.size() ? unit(i) : 0xdc00;
        if (point >= 0xd800 && point < 0xdc00 && i + 3 < bytes.size()) {
            const std::uint32_t low = unit(i + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                point = 0x10000 + ((point - 0xd800) << 10U) + (low - 0xdc00);
                i += 2;
            }
        }
        if (point >= 0xd800 && point < 0xe000) {
            throw TextFileError(place(file, out) + ": begins as UTF-16 and is damaged there" + std::string(save_as));
        }
        append(out, point);
    }
    return out;
}

// The position of the first byte that is not part of valid UTF-8.
std::optional<std::size_t> first_stray_byte(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        std::size_t length = 1;
        while (length <= 4 && !(i + length <= text.size() && is_utf8(text.substr(i, length)))) {
            ++length;
        }
        if (length > 4) {
            return i;
        }
        i += length;
    }
    return std::nullopt;
}

std::string with_plain_line_ends(const std::string &text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\r') {
            out += text[i];
            continue;
        }
        out += '\n';
        i += i + 1 < text.size() && text[i + 1] == '\n' ? 1 : 0;
    }
    return out;
}

} // namespace

std::string text_of_bytes(std::string_view bytes, const std::string &file) {
    const Start start = start_of(bytes);
    const std::string_view rest = bytes.substr(start.mark);
    std::string text = with_plain_line_ends(start.encoding == Encoding::utf8
                                                ? std::string(rest)
                                                : from_utf16(rest, start.encoding == Encoding::utf16_big, file));
    if (!is_utf8(text)) {
        const std::size_t stray = first_stray_byte(text).value_or(0);
        char byte[8];
        std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[stray]));
        throw TextFileError(place(file, std::string_view(text).substr(0, stray)) + ": the byte " + byte +
                            " is not UTF-8; the file may be Latin-1 or of a Windows code page" + std::string(save_as));
    }
    if (const std::size_t nul = text.find('\0'); nul != std::string::npos) {
        throw TextFileError(place(file, std::string_view(text).substr(0, nul)) +
                            ": has a NUL character, so this is no text file");
    }
    return text;
}

std::string read_text_file(const std::filesystem::path &file, std::uintmax_t limit) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (!error && size > limit) {
        throw TextFileError(file.string() + ": is larger than " + std::to_string(limit >> 20U) +
                            " MiB, the most that is read");
    }
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (error || !stream) {
        throw TextFileError(file.string() + ": cannot be read; check its permissions");
    }
    return text_of_bytes(bytes, file.string());
}

} // namespace able::base
