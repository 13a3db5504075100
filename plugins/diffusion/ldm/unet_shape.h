// What a UNet in a checkpoint is built like, as far as its tensors tell.
#pragma once

#include "source_shapes.h"

#include <cstdint>
#include <vector>

namespace able::diffusion {

struct UnetShape {
    int64_t in_channels = 0;
    int64_t out_channels = 0;
    std::vector<int64_t> channels; // of the levels, from the finest to the coarsest
    std::vector<int64_t> depths;   // of the levels' transformers; 0: none
    int64_t middle_depth = 0;
    int64_t resnets = 0; // of a level, going down
    int64_t cross_width = 0;
    int64_t added_width = 0; // of what is embedded beside the timestep; 0: nothing
    bool linear_projection = false;
    // Of attention; from a configuration, because no tensor's shape shows them. 0: the family's own.
    int64_t heads = 0, head_channels = 0;
    const char *problem = nullptr; // constant text: why diffusers' UNet cannot be this one
};

// `shapes` at the UNet's prefix; it has an input_blocks.0.0.weight.
UnetShape read_unet_shape(const SourceShapes &shapes);

} // namespace able::diffusion
