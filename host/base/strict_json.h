// JSON from strangers, read strictly: no duplicate keys, no surprises in size or depth. nlohmann::json's parser does
// the reading; the limits are ours, since it has none.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string_view>

namespace able::base {

struct JsonLimits {
    std::size_t max_depth = 8;       // nested objects and arrays
    std::size_t max_values = 10'000; // objects, arrays, strings, numbers, … in all
};

// Throws RequestError ("invalid_json", "duplicate_key", "json_limit") with the place of the mistake. Integers beyond
// 64 bits come out as floating point, so that a check for an integer refuses them.
nlohmann::json parse_strict_json(std::string_view text, const JsonLimits &limits = {});

} // namespace able::base
