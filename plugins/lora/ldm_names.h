// What the code of the first release ("LDM") called the modules of a UNet. kohya's trainers write these names for SDXL.
#pragma once

#include <ablerefusal/adapter.h>

#include <map>
#include <string>
#include <string_view>

namespace able::lora {

// The old code numbers all residual blocks and resamplers of one way through, so a name follows from how many there are
// before it: that is taken from the model's own list.
class LdmNames {
public:
    explicit LdmNames(const able_targets &targets);

    // "input_blocks.4.1.proj_in" for the UNet's module "down_blocks.1.attentions.0.proj_in"; "" where there is no old
    // name.
    std::string name(std::string_view module) const;

private:
    struct Block {
        int resnets = 0;
        bool attends = false;
        bool resamples = false;
    };
    using Blocks = std::map<int, Block>; // by number

    static int first(const Blocks &blocks, int number, int start, bool count_resamplers);

    Blocks down_, up_;
};

} // namespace able::lora
