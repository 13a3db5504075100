// Names as Unicode compares them: macOS stores "é" as two code points, keyboards type one.
#pragma once

#include <string>
#include <string_view>

namespace able::base {

// Normalisation form C (Unicode, annex 15). Text that is not UTF-8 is returned unchanged.
std::string nfc(std::string_view text);

} // namespace able::base
