// Numbers of eight bits, which libtorch 1.13 has no type for. Micikevicius et al. 2022; e4m3fn as the Open Compute
// Project's OFP8, without infinities.
#pragma once

#include <ablerefusal/tensor.h>

#include <array>

namespace able::diffusion {

using Float8Values = std::array<float, 256>; // by code

// What the codes of the view's type mean; null for any other type.
const Float8Values *float8_values(const able_view &view) noexcept;

} // namespace able::diffusion
