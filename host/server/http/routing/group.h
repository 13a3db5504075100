// What the routes of one dialect have in common: how they are documented, who may call, which bodies are read, how
// errors look. Everything here is used before a handler runs, so a dialect states it once and its handlers need not
// care.
#pragma once

#include "host/server/http/errors.h"
#include "route.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace able::http {

// Part of the documentation.
struct Tag {
    std::string name;
    std::string description;
    std::string section; // of docs/rest-api.md: "#events"
};

// Bodies besides JSON in one piece, which every group reads. server.max_body_size limits all of them.
struct BodyRules {
    bool multipart = false; // multipart/form-data: Exchange::form()
    bool chunked = false;   // Transfer-Encoding: chunked; else a length is required
    std::size_t max_parts = 100;
    std::uint64_t max_part_size = std::numeric_limits<std::uint64_t>::max(); // bytes
};

// The token in "Bearer <token>"; empty for a value of another form.
std::string bearer_token(const std::string &value);

// Where a client puts one of server.api_tokens.
struct Credentials {
    std::string header = "Authorization";
    std::string (*token)(const std::string &value) = bearer_token; // in the header's value; empty: none
    std::string challenge = "Bearer";                              // of WWW-Authenticate
    std::string hint = "send one of server.api_tokens as \"Authorization: Bearer <token>\"";
    nlohmann::json scheme = {{"type", "http"}, {"scheme", "bearer"}}; // of the OpenAPI document
};

// What pages of other origins may do.
struct Origins {
    bool cross = true; // server.enable_cors lets pages of allowed hosts call; false: no page of another origin, ever
    std::string methods = "GET, POST, DELETE"; // that such a page may use
    std::string headers = "Content-Type, Authorization";
};

struct RouteGroup {
    std::string title;        // of the OpenAPI document
    std::string prefix = "/"; // of all its paths; ends with '/'. The longest that fits an address says whose it is
    std::vector<Tag> tags = {};
    std::vector<Route> routes = {};
    nlohmann::json schemas = nlohmann::json::object(); // components of the document; "Error" among them
    nlohmann::json (*error_body)(const Problem &problem) = nullptr;
    std::string nothing_here = "there is nothing at this address";
    BodyRules body = {};
    Credentials credentials = {};
    Origins origins = {};
};

} // namespace able::http
