#include "router.h"

#include <algorithm>
#include <stdexcept>

namespace able::http {
namespace {

constexpr std::size_t max_target_length = 4096;

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

// Segments of a path after its first '/', decoded. A segment that could mean another place is no segment at all.
std::optional<std::vector<std::string>> path_segments(std::string_view path) {
    if (!path.starts_with('/')) {
        return std::nullopt;
    }
    std::vector<std::string> segments;
    for (const std::string_view part : split(path.substr(1), '/')) {
        auto segment = percent_decode(part, false);
        if (!segment || segment->find_first_of("/\\") != std::string::npos || *segment == "." || *segment == "..") {
            return std::nullopt;
        }
        segments.push_back(*std::move(segment));
    }
    return segments;
}

void parse_query(std::string_view text, Exchange &exchange) {
    const HttpError malformed(400, "invalid_query", "the address's query is malformed");
    for (const std::string_view part : split(text, '&')) {
        if (part.empty()) {
            continue;
        }
        const auto equals = part.find('=');
        auto name = percent_decode(part.substr(0, equals), true);
        auto value = percent_decode(equals == std::string_view::npos ? "" : part.substr(equals + 1), true);
        if (!name || !value || !exchange.query.emplace(*std::move(name), *std::move(value)).second) {
            throw malformed;
        }
    }
}

bool fits(const std::vector<std::string> &pattern, const std::vector<std::string> &segments) {
    return std::equal(pattern.begin(), pattern.end(), segments.begin(), segments.end(),
                      [](const std::string &expected, const std::string &segment) {
                          return expected.starts_with('{') ? !segment.empty() : expected == segment;
                      });
}

} // namespace

Router::Router(std::vector<RouteGroup> groups) {
    for (RouteGroup &group : groups) {
        groups_.push_back({std::move(group), {}});
    }
    for (Group &group : groups_) {
        for (const Route &route : group.rules.routes) {
            auto segments = path_segments(route.path);
            if (!segments || !route.path.starts_with(group.rules.prefix)) {
                throw std::logic_error("the path " + route.path + " is not below " + group.rules.prefix);
            }
            group.entries.push_back({&route, *std::move(segments)});
        }
    }
}

const Router::Group &Router::find(std::string_view target) const {
    const Group *best = &groups_.front();
    std::size_t longest = 0;
    for (const Group &group : groups_) {
        const std::string &prefix = group.rules.prefix;
        if (prefix.size() > longest && target.starts_with(prefix)) {
            best = &group;
            longest = prefix.size();
        }
    }
    return *best;
}

const RouteGroup &Router::group(std::string_view target) const {
    return find(target).rules;
}

void Router::match(const std::string &method, std::string_view target, Exchange &exchange) const {
    if (target.size() > max_target_length) {
        throw HttpError(414, "address_too_long", "the address is longer than 4096 bytes");
    }
    const Group &group = find(target);
    const HttpError missing(404, "not_found", group.rules.nothing_here);
    const auto question = target.find('?');
    const auto segments = path_segments(target.substr(0, question));
    if (!segments) {
        throw missing;
    }
    const std::string &wanted = method == "HEAD" ? "GET" : method;
    std::string methods;
    for (const Entry &entry : group.entries) {
        if (!fits(entry.segments, *segments)) {
            continue;
        }
        if (entry.route->method != wanted) {
            methods += (methods.empty() ? "" : ", ") + entry.route->method;
            continue;
        }
        for (std::size_t k = 0; k < segments->size(); ++k) {
            const std::string &name = entry.segments[k];
            if (name.starts_with('{')) {
                exchange.parameters.emplace(name.substr(1, name.size() - 2), (*segments)[k]);
            }
        }
        if (question != std::string_view::npos) {
            parse_query(target.substr(question + 1), exchange);
        }
        return exchange.set_route(*entry.route);
    }
    if (!methods.empty()) {
        throw HttpError(405, "method_not_allowed", "this address answers to " + methods + " only",
                        {{"Allow", methods}});
    }
    throw missing;
}

bool is_open(const RouteGroup &group, std::string_view target) {
    return std::any_of(group.routes.begin(), group.routes.end(),
                       [&](const Route &route) { return route.open && route.path == target; });
}

} // namespace able::http
