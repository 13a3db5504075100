// The wildcards that prompts can draw from.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace able::server {

struct WildcardEntry {
    std::string name;      // as in a prompt, between double underscores
    std::size_t lines = 0; // to draw from
    std::string reason;    // why it cannot be used; else ""
};

// In the order of names; see prompt::Wildcards. Reads the files.
std::vector<WildcardEntry> wildcard_list(const std::filesystem::path &folder);

} // namespace able::server
