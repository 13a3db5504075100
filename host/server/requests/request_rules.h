// What a request's fields must be to one another.
#pragma once

#include "request.h"

#include <nlohmann/json.hpp>

namespace able::server {

// Throws RequestError naming the field that is in the way. `document` is what `request` was read from: it tells a field
// that was given from one that was left out.
void check_rules(const Request &request, const nlohmann::json &document);

} // namespace able::server
