// What the native API's requests and replies look like: the components of its OpenAPI document. Those of requests come
// from what validates them.
#pragma once

#include <nlohmann/json.hpp>

namespace able::http {

nlohmann::json native_schemas();

} // namespace able::http
