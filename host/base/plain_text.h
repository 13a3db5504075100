// Texts of plugins, files and child processes, fit to be shown, logged and stored.
#pragma once

#include <string>
#include <string_view>

namespace able::base {

// `text` cut to about `longest` bytes, with an ellipsis then and never inside a character; control characters become
// blanks and what is not UTF-8 becomes '?'.
std::string plain_text(std::string_view text, std::size_t longest);

} // namespace able::base
