// Which code answers which request. The table is also what the OpenAPI document is made from.
#pragma once

#include "exchange.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace able::http {

struct Route {
    std::string method;  // GET answers HEAD too
    std::string pattern; // "/api/v1/generate/{id}"
    std::string summary; // for the OpenAPI document
    std::vector<int> statuses;
    std::function<void(Exchange &)> handle;
    std::string request_schema = {}; // name of a component of the OpenAPI document; empty = no body
};

class Router {
public:
    explicit Router(std::vector<Route> routes);

    // Fills in the exchange's parameters and query. Throws HttpError: 404, or 405 with the methods that exist.
    const Route &match(const std::string &method, std::string_view target, Exchange &exchange) const;
    std::span<const Route> routes() const noexcept { return routes_; }

private:
    struct Entry {
        std::vector<std::string> segments;
    };
    std::vector<Route> routes_;
    std::vector<Entry> entries_; // in the order of routes_
};

} // namespace able::http
