// Prompts that are drawn: {a|b|c} and __name__.
#pragma once

#include "wildcards.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace able::prompt {

constexpr std::size_t longest_expansion = 40'000; // bytes

// Whether anything in `text` would be drawn.
bool is_template(std::string_view text);

// `text` with every {a|b|c} replaced by one of its options, and every __name__ by a line of that wildcard; both may
// hold further ones. An option "3::a" is drawn three times as often as "b". Bars within square brackets belong to
// those, and braces without a bar are text. \{ \} \_ are the characters themselves. The same seed, text and files give
// the same result, on every machine: what is drawn are the numbers of std::mt19937_64. Throws PromptError.
std::string expand(std::string_view text, Wildcards &wildcards, std::uint64_t seed);

} // namespace able::prompt
