// Noise levels of the request's own.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace able::server {

// Throws RequestError naming `field`, or the place in it, unless `value` is a list of falling levels that ends with 0.
void check_sigmas(const std::string &field, const nlohmann::json &value);

// Its JSON Schema, as far as that can say it.
nlohmann::json sigmas_schema();

} // namespace able::server
