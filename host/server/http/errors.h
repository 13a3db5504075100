// Errors as the API shows them: {"error": {"code", "message", "field"?, "allowed"?}} with a status.
#pragma once

#include "host/base/request_error.h"

#include <nlohmann/json.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace able::http {

class HttpError : public std::runtime_error {
public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    HttpError(int status, std::string code, const std::string &message, Headers headers = {})
        : std::runtime_error(message), status_(status), code_(std::move(code)), headers_(std::move(headers)) {}

    int status() const noexcept { return status_; }
    const std::string &code() const noexcept { return code_; }
    const Headers &headers() const noexcept { return headers_; }

private:
    int status_;
    std::string code_;
    Headers headers_;
};

// An error ready to send.
struct ErrorReply {
    int status = 500;
    nlohmann::json body;
    HttpError::Headers headers;
};

ErrorReply to_reply(const HttpError &error);
ErrorReply to_reply(const base::RequestError &error);
// Whatever was thrown. What is nobody's request's fault is logged, and shown without its details.
ErrorReply to_reply(std::exception_ptr error);

} // namespace able::http
