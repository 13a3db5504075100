// The flags that every command shares, made from the table of configuration keys.
#pragma once

#include "host/config/load.h"

#include <CLI/CLI.hpp>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace able::app {

class ConfigOptions {
public:
    // Adds --config, --set and the short flags of the named keys to `command`. Must outlive its parsing.
    ConfigOptions(CLI::App &command, const std::vector<std::string_view> &keys);
    ConfigOptions(const ConfigOptions &) = delete;
    ConfigOptions &operator=(const ConfigOptions &) = delete;

    // The configuration in force. Throws ConfigError.
    config::Loaded load() const;

private:
    struct Flag {
        const CLI::Option *option = nullptr;
        std::string key, name;
        bool list = false;
        std::string value;               // of a single one: the last that was given
        std::vector<std::string> values; // of a list: all
    };

    std::string file_;
    std::vector<std::string> settings_;
    std::deque<Flag> flags_; // CLI11 keeps pointers to the values
};

} // namespace able::app
