// Which code answers which request.
#pragma once

#include "group.h"
#include "host/server/http/exchange.h"

#include <string>
#include <string_view>
#include <vector>

namespace able::http {

class Router {
public:
    // The first group takes the addresses that no other group's prefix fits.
    explicit Router(std::vector<RouteGroup> groups);

    // By the beginning of the address as it was sent: whose rules and errors hold.
    const RouteGroup &group(std::string_view target) const;
    // Sets the exchange's route, parameters and query. Throws HttpError: 404, or 405 with the methods that exist.
    void match(const std::string &method, std::string_view target, Exchange &exchange) const;

private:
    struct Entry {
        const Route *route = nullptr;
        std::vector<std::string> segments;
    };
    struct Group {
        RouteGroup rules;
        std::vector<Entry> entries; // in the order of its routes
    };
    const Group &find(std::string_view target) const;

    std::vector<Group> groups_;
};

// Whether an address needs no token.
bool is_open(const RouteGroup &group, std::string_view target);

} // namespace able::http
