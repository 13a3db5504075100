// A LoRA whose weight differs from block to block of the UNet.
#pragma once

#include "host/plugins/calls/calls.h"
#include "host/prompt/lora_blocks.h"

#include <ablerefusal/adapter.h>

#include <map>
#include <string_view>
#include <vector>

namespace able::worker {

// Which of prompt::LoraBlocks a weight lies in. The first release's code numbers residual blocks and resamplers
// through, so that a number follows from how many there are before it: that is taken from the model's own list.
class BlockNumbers {
public:
    explicit BlockNumbers(const able_targets &targets);

    // For "unet.down_blocks.1.attentions.0.proj_in.weight" of SD 1.x that of IN04; 0 (BASE) for what is in no block.
    std::size_t of(std::string_view target) const;

private:
    struct Block {
        std::size_t resnets = 0;
        bool resamples = false;
    };
    using Blocks = std::map<std::size_t, Block>; // by number

    static std::size_t first(const Blocks &blocks, std::size_t number, bool count_resamplers);

    Blocks down_, up_;
};

struct WeightedPart {
    double weight;
    plugins::AdapterFile file; // outlived by the whole one
};

// The changes of `whole` by the weight of their block, those of weight 0 left out.
std::vector<WeightedPart> split_by_block(const plugins::AdapterFile &whole, const BlockNumbers &numbers,
                                         const prompt::LoraBlocks &weights);

} // namespace able::worker
