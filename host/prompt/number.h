// Numbers in prompts.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace able::prompt {

// `text` as a whole as a number: a sign, digits of any script, one point at most; nothing if it is none. Python's
// float() for what the language's patterns let through.
std::optional<double> plain_number(std::string_view text);

// The bytes of the number that `text` begins with, 0 for none: lark's common.SIGNED_NUMBER, such as -1, .5, 2e-3.
std::size_t signed_number_length(std::string_view text);
// The value of such a number; infinity beyond the range of double.
double signed_number(std::string_view text);

} // namespace able::prompt
