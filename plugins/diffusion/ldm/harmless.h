// Tensors that a model is drawn without, by whoever trained it.
#pragma once

#include <string_view>

namespace able::diffusion {

// Whether a picture is right without the tensor of that name, in a checkpoint or in the diffusers layout: numbers that
// are computed (0 to 76, a causal mask, noise levels), what only training uses (moving averages, a discriminator),
// parts of CLIP that are no text encoder, and marks that hold no values. Any other tensor that goes unused makes
// another picture than its author's.
bool is_harmless(std::string_view name);

} // namespace able::diffusion
