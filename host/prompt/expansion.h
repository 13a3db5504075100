// Prompts that are drawn: {a|b|c} and __name__.
#pragma once

#include "wildcards.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace able::prompt {

constexpr std::size_t longest_expansion = 40'000; // bytes

// Names that are text wherever they stand as a word, in any case of A-Z: embeddings called "a__b__c" or "{a|b}".
using PlainNames = std::span<const std::string>;

// Whether anything in `text` would be drawn.
bool is_template(std::string_view text, PlainNames names = {});

// `text` with every {a|b|c} replaced by one of its options, and every __name__ by a line of that wildcard; both may
// hold further ones. An option "3::a" is drawn three times as often as "b". Bars within square brackets belong to
// those, and braces without a bar are text, as is the name in <lora:name:0.8>. \{ \} \_ are not drawn from and stay as
// they are: parse_prompt() takes the backslash off, so that a prompt that was drawn is drawn no second time. The same
// seed, text and files give the same result, on every machine: what is drawn are the numbers of std::mt19937_64.
// Throws PromptError.
std::string expand(std::string_view text, Wildcards &wildcards, std::uint64_t seed, PlainNames names = {});

// `text`, which is no template for whoever wrote it, so that nothing in it is drawn here either.
std::string without_draws(std::string_view text, PlainNames names = {});

} // namespace able::prompt
