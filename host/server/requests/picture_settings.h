// What a picture was made with, as a request that makes it again.
#pragma once

#include "host/plugins/describe/registry.h"
#include "host/server/catalogue/catalogue.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

struct PictureSettings {
    nlohmann::json request = nlohmann::json::object(); // fields of POST /generate, each of which is valid by itself
    std::vector<std::string> warnings;                 // what of the picture it does not have, and why
};

// From the metadata that this program writes, which anybody may have changed since. Each field is read from the place
// that its row's `record` names.
PictureSettings settings_of_metadata(const nlohmann::json &metadata, const plugins::Registry &registry,
                                     const Catalogue &catalogue);

// From the text that AUTOMATIC1111 and others write; nothing if it is no such text.
std::optional<PictureSettings> settings_of_parameters(std::string_view text, const plugins::Registry &registry,
                                                      const Catalogue &catalogue);

} // namespace able::server
