// What went wrong, before it has a shape: each group of routes shows problems in its own way.
#pragma once

#include "host/base/request_error.h"

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

struct Problem {
    int status = 500;
    std::string code, message;
    std::string field = {};                // that the message is about; empty: none
    std::vector<std::string> allowed = {}; // what the field could be
    HttpError::Headers headers = {};
};

// Of whatever was thrown. Errors not caused by the request are logged, and shown without their details.
Problem problem_of(std::exception_ptr error);

} // namespace able::http
