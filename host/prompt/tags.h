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

// Takes tags out. "lora", and "lyco" which is another name for it, mean name, weight, weight of the UNet where it is
// another, in this order, or te=… and unet=…, as extensions-builtin/Lora/extra_networks_lora.py, and lbw=… with numbers
// between commas. In a name, as in all of a prompt, a backslash goes and what follows it is the character itself.
// Throws PromptError for any other tag, which the original drops, and for weights that are no numbers or lie beyond
// +-10.
Tagged take_tags(std::string_view text);

} // namespace able::prompt
