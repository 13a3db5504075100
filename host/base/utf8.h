// Text encodings of picture files. Ours, because what is well formed decides which bytes go into a PNG: ICU and Poco
// repair or accept some of what is refused here.
#pragma once

#include <string>
#include <string_view>

namespace able::base {

// Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, surrogates or values past U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

// ISO 8859-1 as UTF-8.
std::string utf8_of_latin1(std::string_view text);

} // namespace able::base
