// Shapes of a LoRA's factors against the weight that they change.
#pragma once

#include <ablerefusal/adapter.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace able::lora {

using Shape = std::span<const int64_t>;

Shape shape_of(const able_view &view);
Shape shape_of(const able_target &target);

// "[320, 4, 1, 1]"
std::string to_string(Shape shape);

// Equal once extents of 1 at the end are left away: a 1x1 convolution's factors may be stored as a linear layer's.
bool same_but_for_ones(Shape a, Shape b);

// Checks that up [out, rank] and down [rank, in…] make a change of the target's shape [out, in…], and that both are
// of a type that pipelines take (fp32, fp16, bf16). Returns the rank, at least 1. Throws able::Error with the key, the
// shape found and the shape expected.
int64_t check_factors(const able_target &target, const able_view &down, std::string_view down_key, const able_view &up,
                      std::string_view up_key);

} // namespace able::lora
