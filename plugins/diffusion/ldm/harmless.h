// Tensors that no picture depends on.
#pragma once

#include <string_view>

namespace able::diffusion {

// Whether the tensor of that name, in a checkpoint or in the diffusers layout, can be left unread without changing a
// picture: computed numbers (0 to 76, a causal mask, noise levels), what only training uses (moving averages, a
// discriminator), parts of CLIP other than its text encoder, and marks without values. Without any other tensor, the
// picture would not be the one that its author gets.
bool is_harmless(std::string_view name);

} // namespace able::diffusion
