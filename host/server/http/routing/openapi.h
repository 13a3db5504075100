// The OpenAPI document of a group of routes, from the rows that answer its requests.
#pragma once

#include "group.h"

#include <nlohmann/json.hpp>

namespace able::http {

// OpenAPI 3.1. The group's schemas are its components; "Error" is what its errors look like.
nlohmann::json openapi_document(const RouteGroup &group);

} // namespace able::http
