// Puts the configuration together: defaults, then the file, then what was changed at run time, then the environment,
// then flags.
#pragma once

#include "config.h"
#include "environment.h"
#include "error.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace able::config {

// A value from the command line.
struct Override {
    std::string key;                 // "server.port"
    std::vector<std::string> values; // one, unless the key is a list
    std::string flag;                // as it was written, for messages: "--port"
    bool before = false;             // lists: goes before what is there, instead of replacing it
};

struct LoadOptions {
    std::optional<std::filesystem::path> file; // --config; otherwise the usual places are tried
    std::vector<Override> overrides;
    Environment environment = process_environment();
    std::filesystem::path working_dir = std::filesystem::current_path();
    std::filesystem::path system_dir = "/etc/ablerefusal";
};

struct Loaded {
    Config config;
    std::optional<std::filesystem::path> file; // the one that was read
    std::map<std::string, std::string>
        origins;                       // by key: "config.yaml:3:9", "ABLEREFUSAL_SERVER_PORT", "--port", "default"
    std::vector<std::string> warnings; // such as variables that look like ours and are not

    std::filesystem::path changes_file; // see changes.h; it need not exist
    std::set<std::string> changed;      // keys in it
    std::set<std::string> overridden;   // keys that the environment or flags set, whatever a file says
    // As it would be without that file.
    Config configured;
    std::map<std::string, std::string> configured_origins;
};

// Where a file is looked for, in order.
std::vector<std::filesystem::path> config_places(const LoadOptions &options);

// The configuration in force. Every path in it is absolute. Throws ConfigError with all problems found.
Loaded load(const LoadOptions &options);

} // namespace able::config
