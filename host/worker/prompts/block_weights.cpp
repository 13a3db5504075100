#include "block_weights.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace able::worker {
namespace {

// "unet.down_blocks.1.attentions.0.proj_in.weight", taken apart.
struct Place {
    std::string_view way; // "down_blocks", "mid_block", "up_blocks", or what else stands there
    std::size_t block = 0;
    std::string_view list; // "resnets", "attentions", "downsamplers", "upsamplers"
    std::size_t index = 0;
};

std::string_view next_part(std::string_view &text) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, dot);
    text.remove_prefix(std::min(dot + 1, text.size()));
    return part;
}

std::optional<std::size_t> next_number(std::string_view &text) {
    const std::string_view part = next_part(text);
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    const bool whole = error == std::errc{} && end == part.data() + part.size() && number < 1000;
    return whole ? std::optional(number) : std::nullopt;
}

std::optional<Place> place_of(std::string_view target) {
    if (next_part(target) != "unet") {
        return std::nullopt;
    }
    Place place;
    place.way = next_part(target);
    if (place.way != "down_blocks" && place.way != "up_blocks") {
        return place;
    }
    const auto block = next_number(target);
    place.list = next_part(target);
    const auto index = next_number(target);
    if (!block || !index) {
        return std::nullopt;
    }
    place.block = *block;
    place.index = *index;
    return place;
}

} // namespace

BlockNumbers::BlockNumbers(const able_targets &targets) {
    const std::uint32_t count = targets.count(&targets);
    for (std::uint32_t i = 0; i < count; ++i) {
        const able_target *target = targets.at(&targets, i);
        const auto place = target != nullptr ? place_of(target->name) : std::nullopt;
        if (!place || place->list.empty()) {
            continue;
        }
        Block &block = (place->way == "down_blocks" ? down_ : up_)[place->block];
        if (place->list == "resnets") {
            block.resnets = std::max(block.resnets, place->index + 1);
        }
        block.resamples |= place->list.ends_with("samplers");
    }
}

// The entries before block `number`.
std::size_t BlockNumbers::first(const Blocks &blocks, std::size_t number, bool count_resamplers) {
    std::size_t entries = 0;
    for (auto block = blocks.begin(); block != blocks.end() && block->first < number; ++block) {
        entries += block->second.resnets + (count_resamplers && block->second.resamples ? 1 : 0);
    }
    return entries;
}

std::size_t BlockNumbers::of(std::string_view target) const {
    const auto place = place_of(target);
    if (!place) {
        return 0;
    }
    if (place->way == "conv_in") { // IN00
        return prompt::first_input_block;
    }
    if (place->way == "mid_block") {
        return prompt::middle_block;
    }
    if (place->list.empty()) {
        return 0;
    }
    const bool down = place->way == "down_blocks";
    const Blocks &blocks = down ? down_ : up_;
    const auto block = blocks.find(place->block);
    if (block == blocks.end()) {
        return 0;
    }
    std::size_t entry = first(blocks, place->block, down) + (down ? 1 : 0);
    if (place->list == "downsamplers") { // an entry of its own
        entry += block->second.resnets;
    } else if (place->list == "upsamplers") { // behind the last residual block
        entry += block->second.resnets - std::min<std::size_t>(block->second.resnets, 1);
    } else {
        entry += place->index;
    }
    const std::size_t number = (down ? prompt::first_input_block : prompt::first_output_block) + entry;
    const std::size_t end = down ? prompt::middle_block : prompt::lora_block_count;
    return number < end ? number : 0;
}

std::vector<WeightedPart> split_by_block(const plugins::AdapterFile &whole, const BlockNumbers &numbers,
                                         const prompt::LoraBlocks &weights) {
    std::map<double, std::vector<std::uint32_t>> deltas; // by weight
    for (std::uint32_t i = 0; i < whole.delta_count(); ++i) {
        const able_delta *delta = whole.get()->delta_at(whole.get(), i);
        const double weight = delta != nullptr && delta->target != nullptr ? weights[numbers.of(delta->target)] : 1;
        if (weight != 0) {
            deltas[weight].push_back(i);
        }
    }
    std::vector<WeightedPart> parts;
    parts.reserve(deltas.size());
    for (auto &[weight, indices] : deltas) {
        parts.push_back({weight, plugins::AdapterFile::part(whole, std::move(indices))});
    }
    return parts;
}

} // namespace able::worker
