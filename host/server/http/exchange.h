// One request and its reply, as the routes see them.
#pragma once

#include "deadlines.h"
#include "errors.h"

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
             ReplyLimits limits);

    const Poco::Net::HTTPServerRequest &request() const noexcept { return request_; }
    Poco::Net::HTTPServerResponse &response() noexcept { return response_; }
    Deadlines::Watch &watch() noexcept { return watch_; }

    // Of the pattern that matched: parameter("id") for {id}.
    const std::string &parameter(std::string_view name) const;
    std::map<std::string, std::string, std::less<>> parameters;
    // Decoded; each name at most once.
    std::map<std::string, std::string, std::less<>> query;
    // Throws a 400 for a parameter that is not in `names`.
    void allow_query(std::initializer_list<std::string_view> names) const;
    // Throws a 400 that names the parameter.
    std::size_t query_number(std::string_view name, std::size_t fallback, std::size_t min, std::size_t max) const;
    // False if it is not there. Throws a 400 for anything but true and false.
    bool query_flag(std::string_view name) const;
    // Nothing if it is not there or empty.
    std::optional<std::string> query_text(std::string_view name) const;

    // The request's body, read to its end. Throws a 400 for one that is shorter than announced.
    void read_body(std::uint64_t length);
    // As JSON, strictly. Throws base::RequestError.
    nlohmann::json json_body() const;
    // Throws a 400 if there is a body that is not an empty object.
    void expect_no_body() const;

    void reply(int status, const nlohmann::json &body);
    void reply(int status, std::string_view content_type, std::string_view body);
    void reply_empty(int status);
    // Replies and closes the connection, which may still have unread bytes.
    void refuse(const ErrorReply &error);
    bool replied() const { return response_.sent(); }

    // The common headers; for replies that are sent in another way.
    void prepare(int status, std::string_view content_type);

private:
    void linger();

    Poco::Net::HTTPServerRequest &request_;
    Poco::Net::HTTPServerResponse &response_;
    Deadlines::Watch &watch_;
    const ReplyLimits limits_;
    std::string body_;
    bool body_read_ = false;
};

// Text of %xx sequences; nothing if one is malformed or the result is not UTF-8 or has control characters.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

} // namespace able::http
