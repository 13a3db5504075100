// The networks of a set's model on their own, and the set's tensors for them.
#pragma once

#include "golden_data.h"

#include <plugins/diffusion/family.h>
#include <plugins/diffusion/networks.h>

#include <string>
#include <vector>

namespace able::golden {

diffusion::Family family_of(const GoldenSet &golden);

// On the CPU; loaded once for each `dtype`, "fp32" or "bf16". Calls need c10::InferenceMode.
const diffusion::Networks &networks_of(const GoldenSet &golden, const std::string &dtype = "fp32");

at::Tensor tensor(const GoldenSet &golden, const std::string &name);
std::vector<float> values(const at::Tensor &from);
// What an entry of the index's "unet" gives the UNet beside x and t.
diffusion::Unet::Prompt unet_prompt(const GoldenSet &golden, const nlohmann::json &entry);

} // namespace able::golden
