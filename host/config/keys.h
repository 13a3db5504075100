// The table of configuration keys. It drives the file, the environment, the flags, `config --show`, the default file
// and the reference in docs/configuration.md.
#pragma once

#include "config.h"

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace able::config {

// Where a key's value lives. std::uint64_t is always a number of bytes, double always a number of seconds.
using Member = std::variant<bool *, std::uint16_t *, std::uint32_t *, std::uint64_t *, double *, std::string *,
                            std::filesystem::path *, std::vector<std::string> *, std::vector<std::filesystem::path> *>;

struct Key {
    std::string_view name; // "server.port": section, dot, key
    std::string_view help; // sentences
    Member (*member)(Config &config) = nullptr;
    double minimum = 0, maximum = 0;                // of numbers
    std::string_view allowed = {};                  // of strings and items of lists: what fits, in words
    bool (*fits)(std::string_view text) = nullptr;  // of strings and items of lists; null = anything
    std::string_view otherwise = {};                // what takes the place of an empty default, in words
    std::string_view flag = {};                     // the short flag; `--set name=value` works for every key
    bool secret = false;                            // never shown
    bool live = false;                              // may be changed while the server runs
    std::span<const std::string_view> choices = {}; // of strings: all that fits, where that is a list
};

// All keys, sections together, in the order of the default file.
const std::vector<Key> &keys();

// What a section is about, for the default file.
std::string_view section_help(std::string_view section);

// Null if there is no such key.
const Key *find_key(std::string_view name);

// "server" of "server.port".
std::string_view section_of(const Key &key);
// "port" of "server.port".
std::string_view short_name(const Key &key);
// "ABLEREFUSAL_SERVER_PORT" for "server.port".
std::string environment_name(const Key &key);

// The reason why a key that people know from elsewhere is not accepted; empty for any other name.
std::string_view not_supported(std::string_view name);

} // namespace able::config
