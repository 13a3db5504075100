#include "number.h"

#include "characters.h"

#include <charconv>
#include <limits>
#include <string>

namespace able::prompt {
namespace {

std::size_t digits_at(std::string_view text, std::size_t position) {
    std::size_t length = 0;
    while (position + length < text.size() && text[position + length] >= '0' && text[position + length] <= '9') {
        ++length;
    }
    return length;
}

// 0 where no exponent begins.
std::size_t exponent_at(std::string_view text, std::size_t position) {
    if (position >= text.size() || (text[position] != 'e' && text[position] != 'E')) {
        return 0;
    }
    std::size_t length = 1;
    if (position + length < text.size() && (text[position + length] == '+' || text[position + length] == '-')) {
        ++length;
    }
    const std::size_t digits = digits_at(text, position + length);
    return digits == 0 ? 0 : length + digits;
}

// Digits of ASCII, a sign before them or none. What is too large is infinite, what is too small is 0.
double value_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        const std::size_t exponent = text.find_first_of("eE");
        const bool small = exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-');
        const bool fraction = exponent == std::string_view::npos && text.find_first_of("123456789") > text.find('.');
        value = small || fraction ? 0 : std::numeric_limits<double>::infinity();
    }
    return negative ? -value : value;
}

} // namespace

std::optional<double> plain_number(std::string_view text) {
    std::string ascii;
    bool digits = false;
    bool point = false;
    for (std::size_t i = 0; i < text.size();) {
        const Character c = character_at(text, i);
        const int digit = digit_value(c.code);
        const bool sign = i == 0 && (c.code == '+' || c.code == '-');
        if (digit < 0 && !sign && (c.code != '.' || point)) {
            return std::nullopt;
        }
        digits = digits || digit >= 0;
        point = point || c.code == '.';
        ascii += digit >= 0 ? static_cast<char>('0' + digit) : static_cast<char>(c.code);
        i += c.length;
    }
    return digits ? std::optional(value_of(ascii)) : std::nullopt;
}

std::size_t signed_number_length(std::string_view text) {
    std::size_t length = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
    const std::size_t whole = digits_at(text, length);
    length += whole;
    std::size_t fraction = 0;
    if (length < text.size() && text[length] == '.') {
        fraction = digits_at(text, length + 1);
        if (whole > 0 || fraction > 0) {
            length += 1 + fraction;
        }
    }
    if (whole == 0 && fraction == 0) {
        return 0;
    }
    return length + exponent_at(text, length);
}

double signed_number(std::string_view text) {
    return value_of(text);
}

} // namespace able::prompt
