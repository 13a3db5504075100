// The LoRAs that a picture was made with, among those that are here.
#pragma once

#include "host/server/catalogue/catalogue.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace able::server {

// As a picture's texts name one.
struct PictureLora {
    std::string id;                                    // or a name, as a tag has it
    std::string hash;                                  // digits that one of its hashes begins with; "" if not known
    nlohmann::json request = nlohmann::json::object(); // its entry in a request's `loras`, without the name; {} if only
                                                       // tags give its weights
    bool tagged = false;                               // found in the prompt
};

// What the picture has and cannot be had here is left out and named in `warnings`.
class PictureLoras {
public:
    PictureLoras(const Catalogue &catalogue, std::vector<PictureLora> loras, std::vector<std::string> &warnings)
        : catalogue_(catalogue), loras_(std::move(loras)), warnings_(warnings) {}

    // `prompt` with those tags that work here, by the names that the LoRAs have here.
    std::string take_prompt(const std::string &prompt);
    // Those that no tag of the prompt gave, and those whose names fit no tag: `loras` of a request.
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
