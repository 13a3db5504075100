// What the replies look like and which query parameters there are, for the OpenAPI document. The requests' schemas are
// not here: they come from what validates them.
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace able::http {

// Components of the document, by name.
const nlohmann::json &reply_schemas();
// The component that a route's reply is; nothing for one that is not JSON.
std::optional<std::string> reply_schema(const std::string &method, const std::string &pattern);
// Parameter objects of the document.
nlohmann::json query_parameters(const std::string &method, const std::string &pattern);

} // namespace able::http
