#include "utf8.h"

#include <cstdint>

namespace able::base {

namespace {

// Bytes of the sequence at the start of `text`; 0 if it is malformed.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [text](std::size_t i) -> std::uint32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto continues = [&byte](std::size_t i) {
        return (byte(i) & 0xC0U) == 0x80U;
    };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80U) {
        return 1;
    }
    if (lead >= 0xC2U && lead <= 0xDFU) {
        return continues(1) ? 2 : 0;
    }
    if ((lead & 0xF0U) == 0xE0U) {
        const bool second = continues(1) && (lead != 0xE0U || byte(1) >= 0xA0U) && (lead != 0xEDU || byte(1) <= 0x9FU);
        return second && continues(2) ? 3 : 0;
    }
    if (lead >= 0xF0U && lead <= 0xF4U) {
        const bool second = continues(1) && (lead != 0xF0U || byte(1) >= 0x90U) && (lead != 0xF4U || byte(1) <= 0x8FU);
        return second && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string utf8_of_latin1(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (code < 0x80U) {
            result += c;
            continue;
        }
        result += static_cast<char>(0xC0U | code >> 6U);
        result += static_cast<char>(0x80U | (code & 0x3FU));
    }
    return result;
}

} // namespace able::base
