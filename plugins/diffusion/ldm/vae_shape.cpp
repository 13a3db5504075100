#include "vae_shape.h"

#include <algorithm>

namespace able::diffusion {

VaeShape read_vae_shape(const SourceShapes &shapes) {
    VaeShape vae;
    const int64_t levels = std::min<int64_t>(shapes.count("decoder.up.", ".block.0.conv1.weight"), 16);
    for (int64_t level = 0; level < levels; ++level) {
        vae.channels.push_back(shapes.extent("decoder.up." + std::to_string(level) + ".block.0.conv1.weight", 0));
    }
    vae.resnets = std::max<int64_t>(shapes.count("decoder.up.0.block.", ".conv1.weight") - 1, 0);
    vae.latent_channels = shapes.extent("decoder.conv_in.weight", 1);
    vae.quant_conv = shapes.has("quant_conv.weight");
    vae.post_quant_conv = shapes.has("post_quant_conv.weight");
    vae.middle_attention = shapes.has("decoder.mid.attn_1.norm.weight");
    return vae;
}

VaeShape read_named_vae_shape(const SourceShapes &shapes) {
    VaeShape vae;
    const int64_t levels = std::min<int64_t>(shapes.count("decoder.up_blocks.", ".resnets.0.conv1.weight"), 16);
    for (int64_t block = levels - 1; block >= 0; --block) {
        vae.channels.push_back(
            shapes.extent("decoder.up_blocks." + std::to_string(block) + ".resnets.0.conv1.weight", 0));
    }
    vae.resnets = std::max<int64_t>(shapes.count("decoder.up_blocks.0.resnets.", ".conv1.weight") - 1, 0);
    vae.latent_channels = shapes.extent("decoder.conv_in.weight", 1);
    vae.quant_conv = shapes.has("quant_conv.weight");
    vae.post_quant_conv = shapes.has("post_quant_conv.weight");
    vae.middle_attention = shapes.has("decoder.mid_block.attentions.0.group_norm.weight");
    return vae;
}

} // namespace able::diffusion
