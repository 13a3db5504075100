#include "lora_blocks.h"

#include <algorithm>
#include <vector>

namespace able::prompt {
namespace {

// Where the weights of a shorter list go: BASE, and runs of input and output blocks (first, count).
struct Layout {
    std::vector<std::size_t> inputs;
    std::size_t first_output, outputs;
};

Layout layout_of(std::size_t count) {
    switch (count) {
    case 12:
        return {{4, 5, 7, 8}, 0, 6};
    case 17:
        return {{1, 2, 4, 5, 7, 8}, 3, 9};
    case 20:
        return {{0, 1, 2, 3, 4, 5, 6, 7, 8}, 0, 9};
    default:
        return {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 0, 12};
    }
}

} // namespace

std::optional<LoraBlocks> all_lora_blocks(std::span<const double> given) {
    if (std::find(lora_block_counts.begin(), lora_block_counts.end(), given.size()) == lora_block_counts.end()) {
        return std::nullopt;
    }
    const Layout layout = layout_of(given.size());
    LoraBlocks all{};
    auto next = given.begin();
    all[0] = *next++;
    for (const std::size_t input : layout.inputs) {
        all[first_input_block + input] = *next++;
    }
    all[middle_block] = *next++;
    for (std::size_t i = 0; i < layout.outputs; ++i) {
        all[first_output_block + layout.first_output + i] = *next++;
    }
    return all;
}

} // namespace able::prompt
