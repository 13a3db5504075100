// Names as Unicode compares them: macOS stores "é" as two code points, keyboards type one.
#pragma once

#include <string>
#include <string_view>

namespace able::base {

// Normalisation form C (Unicode, annex 15). Bytes that are no UTF-8 come back as they are.
std::string nfc(std::string_view text);

} // namespace able::base
