// The OpenAPI document, from the tables that answer and validate requests.
#pragma once

#include "host/server/http/router.h"

#include <nlohmann/json.hpp>

#include <span>

namespace able::http {

nlohmann::json openapi_document(std::span<const Route> routes);

} // namespace able::http
