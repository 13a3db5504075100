#include "router.h"

#include <algorithm>

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
std::vector<std::string> path_segments(std::string_view path) {
    const HttpError missing(404, "not_found",
                            "there is nothing at this address; GET /api/v1/openapi.json lists what is");
    if (!path.starts_with('/')) {
        throw missing;
    }
    std::vector<std::string> segments;
    for (const std::string_view part : split(path.substr(1), '/')) {
        auto segment = percent_decode(part, false);
        if (!segment || segment->find_first_of("/\\") != std::string::npos || *segment == "." || *segment == "..") {
            throw missing;
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

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
    for (const Route &route : routes_) {
        entries_.push_back({path_segments(route.pattern)});
    }
}

const Route &Router::match(const std::string &method, std::string_view target, Exchange &exchange) const {
    if (target.size() > max_target_length) {
        throw HttpError(414, "address_too_long", "the address is longer than 4096 bytes");
    }
    const auto question = target.find('?');
    const auto segments = path_segments(target.substr(0, question));
    const std::string &wanted = method == "HEAD" ? "GET" : method;
    std::string methods;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        if (!fits(entries_[i].segments, segments)) {
            continue;
        }
        if (routes_[i].method != wanted) {
            methods += (methods.empty() ? "" : ", ") + routes_[i].method;
            continue;
        }
        for (std::size_t k = 0; k < segments.size(); ++k) {
            const std::string &name = entries_[i].segments[k];
            if (name.starts_with('{')) {
                exchange.parameters.emplace(name.substr(1, name.size() - 2), segments[k]);
            }
        }
        if (question != std::string_view::npos) {
            parse_query(target.substr(question + 1), exchange);
        }
        return routes_[i];
    }
    if (!methods.empty()) {
        throw HttpError(405, "method_not_allowed", "this address answers to " + methods + " only",
                        {{"Allow", methods}});
    }
    throw HttpError(404, "not_found", "there is nothing at this address; GET /api/v1/openapi.json lists what is");
}

} // namespace able::http
