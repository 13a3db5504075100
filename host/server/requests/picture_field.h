// A picture in a request.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace able::server {

// The encoded picture, of which nothing is looked at but the first bytes. `value` is a string. Throws RequestError
// naming `field` for what is not a PNG, JPEG or WebP picture in base64 or in a data URL.
std::vector<std::uint8_t> picture_of(const std::string &field, const nlohmann::json &value);

} // namespace able::server
