// What an evaluation leaves for later ones: the inputs that able_deep_cache makes.
#pragma once

#include "inputs.h"

#include <ATen/ATen.h>
#include <ablerefusal/deep_cache.h>

#include <cstddef>
#include <span>
#include <vector>

namespace able::diffusion {

struct DeepFeatures : able_input {
    explicit DeepFeatures(size_t branch) : skip(branch) {}

    size_t skip;             // where the UNet is cut; see Unet::Branch
    at::Tensor value;        // [samples, C, h, w]; undefined until an evaluation sets it
    std::vector<int64_t> of; // the shape of the latents that it is of
};

// That they are of one branch and, to be taken, of latents of such a shape. Throws ABLE_INVALID_ARGUMENT.
void check_deep_use(const DeepUse &use, at::IntArrayRef latents);

// Those of the conditionings numbered in `group`, side by side; undefined if they are not taken.
at::Tensor joined_features(const DeepUse &use, const std::vector<size_t> &group);

// Keeps for the conditionings numbered in `group` what an evaluation made of latents of such a shape.
void keep_features(const DeepUse &use, const std::vector<size_t> &group, const at::Tensor &made,
                   at::IntArrayRef latents);

} // namespace able::diffusion
