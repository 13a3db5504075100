// What the tensors of a checkpoint in one file are called in the diffusers layout.
//
// Rombach et al.'s names on one side, on the other those that diffusers' conversion gives them
// (diffusers/loaders/single_file_utils.py). Names are without the prefix of their part of the file, and without the
// component in front.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::diffusion {

// How the values of the one become those of the other.
enum class Change : uint8_t {
    none,
    squeeze, // [A, B, 1, 1] -> [A, B]
    first_third,
    second_third,
    last_third, // of the rows
    transpose,
};

struct DiffusersName {
    std::string name;
    Change change = Change::none;
};

// `resnets` is the number of residual blocks of a level going down. Nothing for a name that no UNet has.
std::optional<DiffusersName> unet_name(std::string_view name, int64_t resnets);

// `levels` is the number of resolutions.
std::optional<DiffusersName> vae_name(std::string_view name, int64_t levels);

// A text encoder that has Hugging Face's names already.
std::optional<DiffusersName> clip_name(std::string_view name);

// OpenCLIP's names: one tensor of it becomes one, or three.
std::vector<DiffusersName> open_clip_names(std::string_view name);

// A tensor that is none of the network's weights: a buffer, or something of the training.
bool is_buffer(std::string_view name);

} // namespace able::diffusion
