// The scalars of an adapter's file.
#pragma once

#include <ablerefusal/tensor.h>

#include <string_view>

namespace able::lora {

// The one value of `view`, a CPU tensor of a single element, of any floating type or a 32 or 64 bit integer, at any
// address. Throws able::Error naming `key` where it is not that, or not a finite number.
double read_alpha(const able_view &view, std::string_view key);

// Whether the one value of `view`, a boolean or an integer of any width, is not 0. Throws as above.
bool read_flag(const able_view &view, std::string_view key);

} // namespace able::lora
