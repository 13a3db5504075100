// One request and its reply, as the routes see them.
#pragma once

#include "deadlines.h"
#include "form.h"
#include "host/server/http/routing/group.h"

#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace able::http {

// How long a reply may take.
struct ReplyLimits {
    std::chrono::milliseconds write{30'000}; // one that the client does read, in all
    std::chrono::milliseconds next{35'000};  // until the next request on the connection has arrived
};

class Exchange {
public:
    Exchange(Poco::Net::HTTPServerRequest &request, Poco::Net::HTTPServerResponse &response, Deadlines::Watch &watch,
             const RouteGroup &group, ReplyLimits limits);

    const Poco::Net::HTTPServerRequest &request() const noexcept { return request_; }
    Poco::Net::HTTPServerResponse &response() noexcept { return response_; }
    Deadlines::Watch &watch() noexcept { return watch_; }

    // Of the pattern that matched: parameter("id") for {id}.
    const std::string &parameter(std::string_view name) const;
    std::map<std::string, std::string, std::less<>> parameters;
    // Decoded; each name at most once.
    std::map<std::string, std::string, std::less<>> query;
    // The route that answers; set before its handler runs.
    void set_route(const Route &route) { route_ = &route; }
    const Route &route() const { return *route_; }
    // Throws a 400 for a query parameter that is not the route's.
    void check_query() const;
    // An integer within the limits of the route's row, or its default there. Throws a 400 that names the parameter.
    std::size_t query_number(std::string_view name) const;
    // False if it is not there. Throws a 400 for anything but true and false.
    bool query_flag(std::string_view name) const;
    // Nothing if it is not there or empty.
    std::optional<std::string> query_text(std::string_view name) const;

    // The request's body, read to its end. Throws a 408 for one that is shorter than announced.
    void read_body(std::uint64_t length);
    // The same for one that comes in chunks, up to `limit` bytes: a 413 for more. The connection ends with the reply.
    void read_chunks(std::uint64_t limit);
    // As JSON, strictly. Throws base::RequestError; HttpError for a body of another kind.
    nlohmann::json json_body() const;
    // As multipart/form-data, within the group's limits. Throws HttpError.
    std::vector<FormPart> form() const;
    // Throws a 400 if there is a body that is not an empty object.
    void expect_no_body() const;

    void reply(int status, const nlohmann::json &body);
    void reply(int status, std::string_view content_type, std::string_view body);
    void reply_empty(int status);
    // Replies in the group's words and closes the connection, which may still have unread bytes.
    void refuse(const Problem &problem);
    bool replied() const { return response_.sent(); }

    // The common headers; for replies that are sent in another way.
    void prepare(int status, std::string_view content_type);

private:
    void linger();

    Poco::Net::HTTPServerRequest &request_;
    Poco::Net::HTTPServerResponse &response_;
    Deadlines::Watch &watch_;
    const RouteGroup &group_;
    const Route *route_ = nullptr; // once it is known
    const ReplyLimits limits_;
    std::string body_;
    bool body_read_ = false;
};

// Text of %xx sequences; nothing if one is malformed or the result is not UTF-8 or has control characters.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

} // namespace able::http
