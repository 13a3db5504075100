#include "tags.h"

#include "characters.h"
#include "error.h"
#include "lora_blocks.h"
#include "number.h"

#include <cmath>
#include <optional>

namespace able::prompt {
namespace {

constexpr double largest_lora_weight = 10;

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

double lora_weight(std::string_view text, std::string_view tag) {
    std::string_view number = without_space_after(text);
    number.remove_prefix(space_length(number, 0));
    const bool whole = !number.empty() && signed_number_length(number) == number.size();
    const double weight = whole ? signed_number(number) : 0;
    if (!whole || !(std::abs(weight) <= largest_lora_weight)) {
        throw PromptError(quoted(tag) + ": " + quoted(text) + " is not a weight from -10 to 10");
    }
    return weight;
}

std::vector<double> block_weights(std::string_view text, std::string_view tag) {
    std::vector<double> weights;
    for (const std::string_view item : split(text, ',')) {
        weights.push_back(lora_weight(item, tag));
    }
    if (!all_lora_blocks(weights)) {
        throw PromptError(quoted(tag) + ": lbw takes 12, 17, 20 or 26 weights, not " + std::to_string(weights.size()));
    }
    return weights;
}

// As parse_weights() does it.
std::string without_escapes(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && ++i == text.size()) {
            break;
        }
        out += text[i];
    }
    return out;
}

LoraTag lora_of(std::string_view arguments, std::string_view tag) {
    const auto items = split(arguments, ':');
    LoraTag lora;
    lora.name = without_escapes(items.front());
    if (lora.name.empty()) {
        throw PromptError(quoted(tag) + " names no LoRA; write <lora:name:0.8>");
    }
    std::vector<double> positional;
    std::optional<double> text_encoder, unet;
    for (std::size_t i = 1; i < items.size(); ++i) {
        const std::size_t equals = items[i].find('=');
        if (equals == std::string_view::npos) {
            positional.push_back(lora_weight(items[i], tag));
            continue;
        }
        const std::string_view key = items[i].substr(0, equals);
        if (key == "lbw") {
            lora.blocks = block_weights(items[i].substr(equals + 1), tag);
            continue;
        }
        if (key != "te" && key != "unet") {
            throw PromptError(quoted(tag) + ": " + quoted(key) + " is not known; a LoRA takes te=…, unet=… and lbw=…");
        }
        (key == "te" ? text_encoder : unet) = lora_weight(items[i].substr(equals + 1), tag);
    }
    if (positional.size() > 2) {
        throw PromptError(quoted(tag) + " has more than two weights");
    }
    lora.text_weight = text_encoder.value_or(positional.empty() ? 1 : positional[0]);
    lora.unet_weight = unet.value_or(positional.size() > 1 ? positional[1] : lora.text_weight);
    return lora;
}

// The bytes of the name after a "<", if it is one and a colon and something else follow; 0 otherwise.
std::size_t name_length(std::string_view text, std::size_t start) {
    std::size_t length = 0;
    for (Character c = character_at(text, start); c.length > 0 && is_word(c.code);
         c = character_at(text, start + length)) {
        length += c.length;
    }
    const bool goes_on =
        start + length + 1 < text.size() && text[start + length] == ':' && text[start + length + 1] != '>';
    return goes_on ? length : 0;
}

} // namespace

std::vector<TagPlace> find_tags(std::string_view text) {
    std::vector<TagPlace> tags;
    for (std::size_t open = text.find('<'); open != std::string_view::npos; open = text.find('<', open + 1)) {
        const std::size_t length = name_length(text, open + 1);
        if (length == 0) {
            continue;
        }
        const std::size_t close = text.find('>', open);
        if (close == std::string_view::npos) {
            break; // so is there none after any other
        }
        const std::size_t arguments = open + length + 2;
        tags.push_back(
            {open, close + 1 - open, text.substr(open + 1, length), text.substr(arguments, close - arguments)});
        open = close;
    }
    return tags;
}

Tagged take_tags(std::string_view text) {
    Tagged result;
    std::size_t done = 0;
    for (const TagPlace &place : find_tags(text)) {
        const std::string_view tag = text.substr(place.begin, place.length);
        if (place.kind != "lora" && place.kind != "lyco") {
            throw PromptError("the tag " + quoted(tag) +
                              " is not known: <lora:name:0.8> is. With \"prompt_syntax\": " + "\"plain\" it is text");
        }
        result.loras.push_back(lora_of(place.arguments, tag));
        result.text += text.substr(done, place.begin - done);
        done = place.begin + place.length;
    }
    result.text += text.substr(done);
    return result;
}

} // namespace able::prompt
