#include "ldm_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace able::lora {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array outside_blocks = {
    Pair{"conv_in", "input_blocks.0.0"},
    Pair{"conv_norm_out", "out.0"},
    Pair{"conv_out", "out.2"},
    Pair{"time_embedding.linear_1", "time_embed.0"},
    Pair{"time_embedding.linear_2", "time_embed.2"},
    Pair{"add_embedding.linear_1", "label_emb.0.0"},
    Pair{"add_embedding.linear_2", "label_emb.0.2"},
};

constexpr std::array in_resnets = {
    Pair{"norm1", "in_layers.0"},  Pair{"conv1", "in_layers.2"},  Pair{"time_emb_proj", "emb_layers.1"},
    Pair{"norm2", "out_layers.0"}, Pair{"conv2", "out_layers.3"}, Pair{"conv_shortcut", "skip_connection"},
};

template <size_t Count>
std::string_view translated(const std::array<Pair, Count> &table, std::string_view name) {
    const auto found =
        std::find_if(table.begin(), table.end(), [name](const Pair &pair) { return pair.first == name; });
    return found != table.end() ? found->second : std::string_view();
}

// `down_blocks.1.attentions.0.proj_in`, taken apart. The middle's block has the number 0.
struct Place {
    std::string_view way; // "down_blocks", "mid_block", "up_blocks"
    int block = 0;
    std::string_view list; // "resnets", "attentions", "downsamplers", "upsamplers"
    int index = 0;
    std::string_view rest;
};

// What stands before the next dot; `text` moves behind it.
std::string_view next_part(std::string_view &text) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, dot);
    text.remove_prefix(std::min(dot + 1, text.size()));
    return part;
}

std::optional<int> next_number(std::string_view &text) {
    const std::string_view part = next_part(text);
    int number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    const bool whole = error == std::errc{} && end == part.data() + part.size() && number >= 0;
    return whole ? std::optional(number) : std::nullopt;
}

std::optional<Place> parse(std::string_view module) {
    Place place;
    place.way = next_part(module);
    if (place.way != "mid_block") {
        const auto block = place.way == "down_blocks" || place.way == "up_blocks" ? next_number(module) : std::nullopt;
        if (!block) {
            return std::nullopt;
        }
        place.block = *block;
    }
    place.list = next_part(module);
    const auto index = next_number(module);
    if (!index) {
        return std::nullopt;
    }
    place.index = *index;
    place.rest = module;
    return place;
}

std::string joined(std::string_view list, int entry, int part, std::string_view rest) {
    return std::string(list) + "." + std::to_string(entry) + "." + std::to_string(part) + "." + std::string(rest);
}

} // namespace

LdmNames::LdmNames(const able_targets &targets) {
    const uint32_t count = targets.count(&targets);
    for (uint32_t i = 0; i < count; ++i) {
        const able_target *target = targets.at(&targets, i);
        std::string_view name = target != nullptr ? std::string_view(target->name) : std::string_view();
        const auto place = next_part(name) == "unet" ? parse(name) : std::nullopt;
        if (!place || place->way == "mid_block") {
            continue;
        }
        Block &block = (place->way == "down_blocks" ? down_ : up_)[place->block];
        if (place->list == "resnets") {
            block.resnets = std::max(block.resnets, place->index + 1);
        }
        block.attends |= place->list == "attentions";
        block.resamples |= place->list == "downsamplers" || place->list == "upsamplers";
    }
}

// The number of block `number`'s first entry, where block 0's is `start`.
int LdmNames::first(const Blocks &blocks, int number, int start, bool count_resamplers) {
    for (auto block = blocks.begin(); block != blocks.end() && block->first < number; ++block) {
        start += block->second.resnets + (count_resamplers && block->second.resamples ? 1 : 0);
    }
    return start;
}

std::string LdmNames::name(std::string_view module) const {
    if (const std::string_view outside = translated(outside_blocks, module); !outside.empty()) {
        return std::string(outside);
    }
    const auto place = parse(module);
    if (!place) {
        return {};
    }
    const bool resnet = place->list == "resnets";
    const std::string_view rest = resnet ? translated(in_resnets, place->rest) : place->rest;
    if (rest.empty() || (!resnet && place->list != "attentions" && !place->list.ends_with("samplers"))) {
        return {};
    }
    if (place->way == "mid_block") { // residual block, transformer, residual block
        return "middle_block." + std::to_string(resnet ? 2 * place->index : 1) + "." + std::string(rest);
    }
    const bool down = place->way == "down_blocks";
    const Blocks &blocks = down ? down_ : up_;
    const auto block = blocks.find(place->block);
    if (block == blocks.end()) {
        return {};
    }
    const std::string_view list = down ? "input_blocks" : "output_blocks";
    const int start = first(blocks, place->block, down ? 1 : 0, down);
    if (place->list == "downsamplers") { // an entry of its own
        return joined(list, start + block->second.resnets, 0, "op");
    }
    if (place->list == "upsamplers") { // behind the last residual block and its transformer
        return joined(list, start + block->second.resnets - 1, block->second.attends ? 2 : 1, "conv");
    }
    return joined(list, start + place->index, resnet ? 0 : 1, rest);
}

} // namespace able::lora
