// A route is one row: who answers, and what the OpenAPI document and docs/rest-api.md say of it.
#pragma once

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

namespace able::http {

class Exchange;

// A parameter of the address or of a header. Handlers read it by its name, within the limits of its schema.
struct Parameter {
    enum class Place { query, header };

    std::string name;
    std::string description;
    nlohmann::json schema = {{"type", "string"}};
    Place place = Place::query;
};

// One way in which a route answers. Errors have the group's shape unless they name a schema.
struct Reply {
    int status = 200;
    std::string schema = {};               // name of a component of the OpenAPI document
    std::string type = "application/json"; // of the content; 204 and 304 have none
};

struct Route {
    std::string method;  // GET answers HEAD too
    std::string path;    // names in braces are parameters: "/jobs/{id}"
    std::string id;      // of the operation, in the OpenAPI document: what clients call their function
    std::string tag;     // one of its group's
    std::string summary; // one or two sentences
    std::function<void(Exchange &)> handle;
    std::vector<Reply> replies = {Reply{}}; // 401 goes without saying
    std::vector<Parameter> parameters = {}; // those of the path are in the path
    std::string request = {};               // name of a component of the OpenAPI document; empty: no body
    std::string request_type = "application/json";
    bool open = false; // answers without a token; only to an address that is exactly `path`
};

} // namespace able::http
