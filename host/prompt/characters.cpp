#include "characters.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace able::prompt {
namespace {

constexpr std::size_t most_quoted = 80; // bytes

const std::uint8_t *bytes_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t *>(text.data());
}

} // namespace

Character character_at(std::string_view text, std::size_t position) {
    if (position >= text.size()) {
        return {0, 0};
    }
    const auto byte = static_cast<unsigned char>(text[position]);
    if (byte < 0x80) {
        return {byte, 1};
    }
    const std::string_view rest = text.substr(position, U8_MAX_LENGTH);
    std::int32_t next = 0;
    UChar32 code = 0;
    U8_NEXT_OR_FFFD(bytes_of(rest), next, static_cast<std::int32_t>(rest.size()), code);
    return {code, static_cast<std::size_t>(next)};
}

Character character_before(std::string_view text, std::size_t position) {
    if (position == 0) {
        return {0, 0};
    }
    const std::size_t start = position > U8_MAX_LENGTH ? position - U8_MAX_LENGTH : 0;
    const std::string_view part = text.substr(start, position - start);
    auto end = static_cast<std::int32_t>(part.size());
    UChar32 code = 0;
    U8_PREV_OR_FFFD(bytes_of(part), 0, end, code);
    return {code, part.size() - static_cast<std::size_t>(end)};
}

bool is_space(std::int32_t code) {
    // Python counts the four separators of ASCII as white space, Unicode does not.
    return u_isUWhiteSpace(code) || (code >= 0x1c && code <= 0x1f);
}

bool is_word(std::int32_t code) {
    return code == '_' || (U_GET_GC_MASK(code) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

int digit_value(std::int32_t code) {
    return u_charType(code) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue(code) : -1;
}

std::size_t space_length(std::string_view text, std::size_t position) {
    std::size_t length = 0;
    while (true) {
        const Character c = character_at(text, position + length);
        if (c.length == 0 || !is_space(c.code)) {
            return length;
        }
        length += c.length;
    }
}

std::string_view without_space_after(std::string_view text) {
    while (true) {
        const Character c = character_before(text, text.size());
        if (c.length == 0 || !is_space(c.code)) {
            return text;
        }
        text.remove_suffix(c.length);
    }
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t position) {
    while (true) {
        const std::size_t found = text.find(word, position);
        if (found == std::string_view::npos) {
            return found;
        }
        const Character before = character_before(text, found);
        const Character after = character_at(text, found + word.size());
        if ((before.length == 0 || !is_word(before.code)) && (after.length == 0 || !is_word(after.code))) {
            return found;
        }
        position = found + 1;
    }
}

std::string quoted(std::string_view text) {
    if (text.size() <= most_quoted) {
        return "\"" + std::string(text) + "\"";
    }
    std::size_t end = most_quoted;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end; // not in the middle of a character
    }
    return "\"" + std::string(text.substr(0, end)) + "…\"";
}

} // namespace able::prompt
