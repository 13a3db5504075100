// What a terminal can show, and keeping out of it what it must not.
#pragma once

#include <string>
#include <string_view>

namespace able::app {

// True if `fd` is a terminal that understands control sequences.
bool is_terminal(int fd);

// Columns of the terminal `fd`; 80 where it does not say.
int terminal_width(int fd);

// `text` with control characters, invalid UTF-8 and direction overrides replaced by '?': names from plugins, files and
// models must not drive the terminal.
std::string printable(std::string_view text);

// Columns that `text` takes, one a code point.
std::size_t display_width(std::string_view text);

// `text` cut to `width` columns, with "..." at its end if it was longer.
std::string shortened(const std::string &text, std::size_t width);

} // namespace able::app
