// The CPU's own kernels (kernels/) over libtorch's tensors. Each has libtorch's operation beside it for other devices.
#pragma once

#include "kernels/kernels.h"
#include "layers.h"

#include <ATen/ATen.h>

namespace able::diffusion::cpu {

// Whether the kernels take `x`: on the CPU, in fp32 or bf16.
bool takes(const at::Tensor &x);

// With the instructions that ABLEREFUSAL_ISA names, or the best there are, on libtorch's threads. Throws able::Error
// for a value that means nothing or does not run here.
const kernels::Kernels &chosen_kernels();

// As diffusion::attention(); q, k and v of one format.
at::Tensor attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, int64_t heads, bool causal);

// Of x [N, C, H, W], and what is added to it first, [N, C] or undefined. Gives x's format, channels last.
at::Tensor group_norm(const GroupNorm &norm, const at::Tensor &x, const at::Tensor &add, bool silu);
at::Tensor layer_norm(const LayerNorm &norm, const at::Tensor &x);
// value * gelu(gate), the halves of x's last dimension in this order.
at::Tensor geglu(const at::Tensor &x);
at::Tensor gelu(const at::Tensor &x);
at::Tensor quick_gelu(const at::Tensor &x);

// The pieces of group_norm; x [1, C, H, W].
kernels::ChannelMoments moments(const at::Tensor &x);
kernels::ChannelAffine normalisation(const GroupNorm &norm, const kernels::ChannelMoments &moments);
at::Tensor affine_silu(const at::Tensor &x, const kernels::ChannelAffine &affine);

} // namespace able::diffusion::cpu
