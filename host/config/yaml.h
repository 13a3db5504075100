// The configuration file as a list of settings, each with its place; nothing else of YAML leaves this file.
#pragma once

#include "keys.h"

#include <filesystem>
#include <string>
#include <vector>

namespace able::config {

struct Setting {
    const Key *key = nullptr;
    std::string value;              // of a single value
    std::vector<std::string> items; // of a list
    std::string place;              // "config.yaml:3:9", of the value
};

struct Settings {
    std::vector<Setting> settings;
    std::vector<std::string> problems; // one line each, with their places
};

// Reads a file of sections. Sections may be empty. Never throws for what is in the file; throws ConfigError if it
// cannot be read at all.
Settings read_yaml(const std::filesystem::path &file);

} // namespace able::config
