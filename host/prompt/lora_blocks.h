// A LoRA's weights by block of the UNet: "lbw", as hako-mikan's sd-webui-lora-block-weight has them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

namespace able::prompt {

// BASE (the text encoders, and what lies outside the blocks), IN00 to IN11, M00, OUT00 to OUT11: the numbers of the
// first release's code.
constexpr std::size_t lora_block_count = 26;
using LoraBlocks = std::array<double, lora_block_count>;

constexpr std::size_t first_input_block = 1, middle_block = 13, first_output_block = 14;

// How many weights may be given: 26 are all; 17 are those of SD 1.x's blocks that have attention, 20 are all of SDXL's
// and 12 those of SDXL's with attention. What is left out of a shorter list is 0.
constexpr std::array<std::size_t, 4> lora_block_counts{12, 17, 20, 26};

// All weights of a list; nothing for a list of another length.
std::optional<LoraBlocks> all_lora_blocks(std::span<const double> given);

} // namespace able::prompt
