// Finds the LoRAs that a picture was made with among those on this machine.
#pragma once

#include "host/server/catalogue/catalogue.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace able::server {

// A LoRA as a picture's texts name it.
struct PictureLora {
    std::string id;                                    // or a name, as a tag has it
    std::string hash;                                  // digits that one of its hashes begins with; "" if not known
    nlohmann::json request = nlohmann::json::object(); // its entry in a request's `loras`, without the name; {} if only
                                                       // tags give its weights
    bool tagged = false;                               // found in the prompt
};

// LoRAs that are not here are left out, with a line in `warnings` for each.
class PictureLoras {
public:
    PictureLoras(const Catalogue &catalogue, std::vector<PictureLora> loras, std::vector<std::string> &warnings)
        : catalogue_(catalogue), loras_(std::move(loras)), warnings_(warnings) {}

    // `prompt` with only the tags that work here; each names its LoRA as it is called here.
    std::string take_prompt(const std::string &prompt);
    // The remaining LoRAs, for `loras` of a request: those without a tag in the prompt, and those whose name cannot be
    // written in a tag.
    nlohmann::json rest();

private:
    PictureLora *known(const std::string &name);
    const LoraEntry *find(const std::string &name, const std::string &hash);
    std::string tag_here(std::string_view tag, std::string_view kind, std::string_view arguments);

    const Catalogue &catalogue_;
    std::vector<PictureLora> loras_;
    std::vector<std::string> &warnings_;
    std::vector<std::string> used_; // ids
    nlohmann::json rest_ = nlohmann::json::array();
};

} // namespace able::server
