// Prompts that are drawn: {a|b|c} and __name__.
#pragma once

#include "wildcards.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace able::prompt {

constexpr std::size_t longest_expansion = 40'000; // bytes

// Names that are plain text wherever they are a word, whatever the case of A-Z: embeddings called "a__b__c" or "{a|b}".
using PlainNames = std::span<const std::string>;

// Whether anything in `text` would be drawn.
bool is_template(std::string_view text, PlainNames names = {});

// `text` with every {a|b|c} replaced by one of its options, and every __name__ by a line of that wildcard; both may
// contain further ones. An option "3::a" is drawn three times as often as "b". Bars within square brackets belong to
// the brackets. Braces without a bar are text, and so is the name in <lora:name:0.8>. \{ \} \_ keep their backslash,
// which parse_prompt() removes: so a drawn prompt can be drawn again and stays the same. The same seed, text and files
// give the same result on every machine, because the numbers are those of std::mt19937_64. Throws PromptError.
std::string expand(std::string_view text, Wildcards &wildcards, std::uint64_t seed, PlainNames names = {});

// Escapes `text`, whose author did not mean it as a template, so that nothing in it is drawn.
std::string without_draws(std::string_view text, PlainNames names = {});

} // namespace able::prompt
