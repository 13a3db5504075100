#include "unet_shape.h"

#include <algorithm>

namespace able::diffusion {
namespace {

constexpr int64_t most_blocks = 64;

struct Level {
    std::vector<int64_t> channels; // of its residual blocks
    std::vector<int64_t> depths;   // of the transformers behind them
};

int64_t depth_at(const SourceShapes &shapes, const std::string &place) {
    return shapes.count(place + "1.transformer_blocks.", ".norm1.weight");
}

std::vector<Level> read_levels(const SourceShapes &shapes) {
    std::vector<Level> levels(1);
    for (int64_t block = 1; block < most_blocks; ++block) {
        const std::string place = "input_blocks." + std::to_string(block) + ".";
        if (shapes.has(place + "0.op.weight")) {
            levels.emplace_back();
            continue;
        }
        if (!shapes.has(place + "0.in_layers.2.weight")) {
            break;
        }
        levels.back().channels.push_back(shapes.extent(place + "0.in_layers.2.weight", 0));
        levels.back().depths.push_back(depth_at(shapes, place));
    }
    return levels;
}

bool uniform(const std::vector<int64_t> &values) {
    return !values.empty() && std::equal(values.begin() + 1, values.end(), values.begin());
}

// Whether what goes up mirrors what goes down, with one block more a level.
bool is_mirrored(const SourceShapes &shapes, const UnetShape &unet) {
    const auto levels = static_cast<int64_t>(unet.depths.size());
    for (int64_t block = 0; block < levels * (unet.resnets + 1); ++block) {
        const int64_t level = levels - 1 - block / (unet.resnets + 1);
        if (depth_at(shapes, "output_blocks." + std::to_string(block) + ".") !=
            unet.depths[static_cast<size_t>(level)]) {
            return false;
        }
    }
    return true;
}

const char *find_problem(const SourceShapes &shapes, const UnetShape &unet, const std::vector<Level> &levels) {
    const auto irregular = [&](const Level &level) {
        return !uniform(level.channels) || !uniform(level.depths) ||
               static_cast<int64_t>(level.channels.size()) != unet.resnets;
    };
    if (std::any_of(levels.begin(), levels.end(), irregular) || !is_mirrored(shapes, unet) || unet.middle_depth == 0 ||
        (unet.depths.back() != 0 && unet.depths.back() != unet.middle_depth)) {
        return "its UNet has irregular blocks, as distilled models (SSD-1B, Vega, KOALA) have; use the model's folder "
               "in "
               "the diffusers layout";
    }
    if (shapes.has("label_emb.weight")) {
        return "its UNet embeds a noise level, as upscalers do; such models are not supported";
    }
    return nullptr;
}

} // namespace

UnetShape read_unet_shape(const SourceShapes &shapes) {
    const std::vector<Level> levels = read_levels(shapes);
    UnetShape unet;
    unet.in_channels = shapes.extent("input_blocks.0.0.weight", 1);
    unet.out_channels = shapes.extent("out.2.weight", 0);
    unet.resnets = static_cast<int64_t>(levels.front().channels.size());
    for (const Level &level : levels) {
        unet.channels.push_back(level.channels.empty() ? 0 : level.channels.front());
        unet.depths.push_back(level.depths.empty() ? 0 : level.depths.front());
    }
    unet.middle_depth = depth_at(shapes, "middle_block.");
    unet.cross_width = shapes.extent("middle_block.1.transformer_blocks.0.attn2.to_k.weight", 1);
    unet.added_width = shapes.extent("label_emb.0.0.weight", 1);
    const able_view *projection = shapes.find("middle_block.1.proj_in.weight");
    unet.linear_projection = projection != nullptr && projection->ndim == 2;
    unet.problem = find_problem(shapes, unet, levels);
    return unet;
}

} // namespace able::diffusion
