// Characters as Python's `re` classes them, whose classes the language is defined by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace able::prompt {

struct Character {
    std::int32_t code;  // a code point; U+FFFD for bytes that are not UTF-8
    std::size_t length; // bytes; 0 past an end
};

// The character at `position`, and the one that ends there.
Character character_at(std::string_view text, std::size_t position);
Character character_before(std::string_view text, std::size_t position);

bool is_space(std::int32_t code); // \s
bool is_word(std::int32_t code);  // \w
// The value of a decimal digit of any script (\d), -1 for anything else.
int digit_value(std::int32_t code);

// The bytes of white space from `position` on.
std::size_t space_length(std::string_view text, std::size_t position);
// `text` without the white space at its end.
std::string_view without_space_after(std::string_view text);

// Where `word`, whose ends are word characters, stands as a whole word from `position` on; npos if it does not.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t position);

// `text` as an error message quotes it.
std::string quoted(std::string_view text);

} // namespace able::prompt
