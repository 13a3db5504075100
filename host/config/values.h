// Values of keys as text: read strictly, written so that they read back the same.
#pragma once

#include "keys.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::config {

// "a whole number from 0 to 65535": what the key takes, for people.
std::string describe_allowed(const Key &key);

// Bytes: a whole number, perhaps with one of the suffixes k, M and G. Nothing for any other text.
std::optional<std::uint64_t> parse_size(std::string_view text);

// True for keys that hold several values.
bool is_list(const Key &key);

// Puts `text` into the key's place; sizes take the suffixes k, M and G (powers of 1024). For lists, replaces the list
// by this one item. Throws ConfigError, whose text has neither the key nor the place, if it does not fit.
void set_value(const Key &key, Config &config, std::string_view text);

// The same for all items of a list; `items` may be empty.
void set_list(const Key &key, Config &config, const std::vector<std::string> &items);

// What kind of value it takes: "boolean", "integer", "number" (of seconds), "size" (of bytes), "string" or "list".
std::string_view kind_of(const Key &key);

// Puts the key's value in `from` into `to`.
void copy_value(const Key &key, const Config &from, Config &to);

// "a:b" of paths and "a,b" of other lists, as the environment and `--set` write them.
std::vector<std::string> split_list(const Key &key, std::string_view text);

// The value as it would be written in YAML, in flow style: 8080, "name", [a, b], 32M.
std::string to_yaml(const Key &key, const Config &config);

} // namespace able::config
