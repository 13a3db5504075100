// Weights in a prompt, applied to what the text encoder made of it.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>

namespace able::diffusion {

// states [chunks, tokens, width] in fp32, weights [chunks, tokens]; `weighting` is ABLE_WEIGHTING_…. `empty` gives the
// states of a chunk without text, [1, tokens, width], where they are needed. Formulas: AUTOMATIC1111's
// modules/sd_emphasis.py, EmphasisOriginal; ComfyUI's comfy/sd1_clip.py, ClipTokenWeightEncoder.
at::Tensor weighed(const at::Tensor &states, const at::Tensor &weights, int32_t weighting,
                   const std::function<at::Tensor()> &empty);

} // namespace able::diffusion
