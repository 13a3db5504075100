// Looks at a request's head before anything acts on it: what is ambiguous, too large, or sent by a web page that has no
// business here, goes no further.
#pragma once

#include "host/server/http/routing/group.h"

#include "host/config/config.h"

#include <Poco/Net/HTTPServerRequest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::http {

class Guard {
public:
    explicit Guard(const config::Server &config);

    // Why the request is refused by the rules of the group that its address is in; nothing if it may pass. Its body, if
    // any, is untouched, and comes in chunks or has exactly the length that body_length() says.
    std::optional<HttpError> check(const Poco::Net::HTTPServerRequest &request, const RouteGroup &group) const;

    // Of a request that passed.
    static std::uint64_t body_length(const Poco::Net::HTTPServerRequest &request);
    static bool has_chunks(const Poco::Net::HTTPServerRequest &request);
    std::uint64_t max_body_size() const noexcept { return max_body_size_; }

    // The origin to name in Access-Control-Allow-Origin; nothing if the page has no right to the reply.
    std::optional<std::string> cors_origin(const Poco::Net::HTTPServerRequest &request, const RouteGroup &group) const;

private:
    void check_headers(const Poco::Net::HTTPServerRequest &request, const RouteGroup &group) const;
    void check_length(const Poco::Net::HTTPServerRequest &request, const RouteGroup &group) const;
    void check_host(const Poco::Net::HTTPServerRequest &request) const;
    void check_origin(const Poco::Net::HTTPServerRequest &request, const RouteGroup &group) const;
    void check_token(const Poco::Net::HTTPServerRequest &request, const RouteGroup &group) const;
    void check_content_type(const Poco::Net::HTTPServerRequest &request, const RouteGroup &group) const;
    void check_chunks(const Poco::Net::HTTPServerRequest &request, const RouteGroup &group) const;
    bool is_allowed_host(std::string_view name) const;

    const std::uint64_t max_body_size_;
    const bool enable_cors_;
    const bool any_address_;                               // bound to all addresses: a client may name any of them
    std::vector<std::string> allowed_hosts_;               // lower case
    std::vector<std::vector<unsigned char>> token_hashes_; // SHA-256
};

// Host name of "name:port" or "[::1]:port" in lower case; nothing if it is malformed. Strict: an authority that
// browsers and servers read differently is malformed.
std::optional<std::string> host_name(std::string_view authority);

} // namespace able::http
