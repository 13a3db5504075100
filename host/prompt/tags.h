// Tags in a prompt that are no text: <lora:name:0.8>.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace able::prompt {

struct LoraTag {
    std::string name;
    double unet_weight = 1, text_weight = 1;
    std::vector<double> blocks; // the weights are times these, by block: see lora_blocks.h; empty for none

    bool operator==(const LoraTag &) const = default;
};

struct Tagged {
    std::string text; // without the tags
    std::vector<LoraTag> loras;
};

// One tag and where it stands.
struct TagPlace {
    std::size_t begin = 0, length = 0; // of all of it
    std::string_view kind, arguments;  // of <kind:arguments>
};

// What matches <(\w+):([^>]+)>, as AUTOMATIC1111's modules/extra_networks.py. Points into `text`.
std::vector<TagPlace> find_tags(std::string_view text);

// Takes the tags out. "lora" ("lyco" is another name for it) has a name, a weight and, if it differs, the UNet's
// weight, in this order; or te=… and unet=…, as in extensions-builtin/Lora/extra_networks_lora.py; and lbw=… with
// numbers between commas. In a name, as everywhere in a prompt, a backslash is removed and the character after it is
// taken literally. Throws PromptError for any other tag, which the original drops, and for weights that are not numbers
// from -10 to 10.
Tagged take_tags(std::string_view text);

} // namespace able::prompt
