#include "flops.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

namespace able::bench {

namespace {

bool has(std::string_view name, std::string_view part) {
    return name.find(part) != std::string_view::npos;
}

// The number after `part` in a name like "unet.down_blocks.2.resnets.0.conv1.weight".
int number_after(std::string_view name, std::string_view part) {
    const auto at = name.find(part) + part.size();
    int value = 0;
    for (auto i = at; i < name.size() && std::isdigit(static_cast<unsigned char>(name[i])) != 0; ++i) {
        value = 10 * value + (name[i] - '0');
    }
    return value;
}

// The residual blocks of each level on the way down.
std::vector<int> blocks_of(const able_targets &targets) {
    std::vector<int> blocks;
    for (std::uint32_t i = 0; i < targets.count(&targets); ++i) {
        const std::string_view name = targets.at(&targets, i)->name;
        if (name.starts_with("unet.down_blocks.") && has(name, ".resnets.")) {
            const auto level = static_cast<std::size_t>(number_after(name, "down_blocks."));
            blocks.resize(std::max(blocks.size(), level + 1));
            blocks[level] = std::max(blocks[level], number_after(name, ".resnets.") + 1);
        }
    }
    return blocks;
}

// The branches above which the weight is not: of a layer on the way down the skip connection that it makes, of one on
// the way up that which it meets, or the one below it that its output is met by.
int first_branch(std::string_view name, const std::vector<int> &blocks) {
    const auto made_before = [&](int level) { // the level's own first is the one after
        int count = 0;
        for (int i = 0; i < level; ++i) {
            count += blocks[static_cast<std::size_t>(i)] + 1;
        }
        return count;
    };
    const int levels = static_cast<int>(blocks.size());
    const int layer = has(name, ".resnets.")      ? number_after(name, ".resnets.")
                      : has(name, ".attentions.") ? number_after(name, ".attentions.")
                                                  : -1; // what makes the map smaller or larger, at the end of its level
    if (has(name, ".down_blocks.")) {
        const int level = number_after(name, "down_blocks.");
        return made_before(level) + 1 + (layer < 0 ? blocks[static_cast<std::size_t>(level)] : layer);
    }
    if (has(name, ".up_blocks.")) {
        const int level = levels - 1 - number_after(name, "up_blocks.");
        return made_before(level) + (layer < 0 ? 0 : blocks[static_cast<std::size_t>(level)] - layer);
    }
    return has(name, ".mid_block.") ? made_before(levels) : 0; // below all of them; above all of them
}

// How often the picture has been halved where the weight works: its output's size.
int level_of(std::string_view name, int levels) {
    if (has(name, ".down_blocks.")) {
        return number_after(name, "down_blocks.") + (has(name, ".downsamplers.") ? 1 : 0);
    }
    if (has(name, ".mid_block.")) {
        return levels - 1;
    }
    if (has(name, ".up_blocks.")) {
        return levels - 1 - number_after(name, "up_blocks.") - (has(name, ".upsamplers.") ? 1 : 0);
    }
    return 0;
}

constexpr std::int64_t halved(std::int64_t extent, int times) {
    return (extent + (std::int64_t{1} << times) - 1) >> times;
}

} // namespace

UnetFlops unet_flops(const able_targets &targets, Latents latents, std::int64_t tokens,
                     std::optional<std::uint32_t> branch) {
    const std::vector<int> blocks = blocks_of(targets);
    const auto levels = static_cast<int>(blocks.size());
    UnetFlops sum;
    for (std::uint32_t i = 0; i < targets.count(&targets); ++i) {
        const able_target &target = *targets.at(&targets, i);
        const std::string_view name = target.name;
        if (!name.starts_with("unet.") || target.ndim < 2) {
            continue;
        }
        if (branch && first_branch(name, blocks) > static_cast<int>(*branch)) {
            continue;
        }
        double weights = 1;
        for (std::uint32_t d = 0; d < target.ndim; ++d) {
            weights *= static_cast<double>(target.shape[d]);
        }
        const int level = level_of(name, levels);
        const auto pixels = static_cast<double>(halved(latents.height, level) * halved(latents.width, level));
        const bool embedding = has(name, "time_embedding") || has(name, "add_embedding") || has(name, "time_emb_proj");
        if (has(name, ".attn2.to_k") || has(name, ".attn2.to_v")) {
            sum.prompt += 2 * weights * static_cast<double>(tokens * latents.batch);
            continue;
        }
        double each = 2 * weights * (embedding ? 1 : pixels);
        if (has(name, ".to_q.")) { // q k^T, and the sum of v by it
            const double seen = has(name, ".attn1.") ? pixels : static_cast<double>(tokens);
            each += 4 * pixels * seen * static_cast<double>(target.shape[0]);
        }
        sum.evaluation += each * static_cast<double>(latents.batch);
    }
    return sum;
}

double decoder_flops(Latents latents) {
    const auto pixels = static_cast<double>(latents.height * latents.width);
    const auto conv = [](double in, double out, double at) {
        return 2 * 9 * in * out * at;
    };
    const auto resnet = [&](double in, double out, double at) {
        return conv(in, out, at) + conv(out, out, at) + (in == out ? 0 : 2 * in * out * at);
    };
    constexpr std::array widths{512.0, 512.0, 256.0, 128.0};
    double sum = 2 * 4 * 4 * pixels + conv(4, widths[0], pixels);
    sum += 2 * resnet(512, 512, pixels) + 4 * 2 * 512.0 * 512.0 * pixels + 4 * pixels * pixels * 512;
    double at = pixels, in = widths[0];
    for (std::size_t block = 0; block < widths.size(); ++block) {
        const double width = widths[block];
        sum += resnet(in, width, at) + 2 * resnet(width, width, at);
        in = width;
        if (block + 1 < widths.size()) {
            at *= 4;
            sum += conv(width, width, at);
        }
    }
    return (sum + conv(in, 3, at)) * static_cast<double>(latents.batch);
}

} // namespace able::bench
