// What can be wrong with a request, in words for the person who made it.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace able::base {

enum class ErrorKind {
    invalid,    // the request itself is wrong
    too_large,  // it is beyond a size limit
    not_found,  // it names something that does not exist
    conflict,   // it cannot be done in the present state
    queue_full, // it can be done later
    unreachable // another server that it takes does not answer as it should
};

// `code` is for programs and never changes; what() is for people: it names the field and says what to do.
class RequestError : public std::runtime_error {
public:
    RequestError(ErrorKind kind, std::string code, const std::string &message, std::string field = {},
                 std::vector<std::string> allowed = {})
        : std::runtime_error(message), kind_(kind), code_(std::move(code)), field_(std::move(field)),
          allowed_(std::move(allowed)) {}

    ErrorKind kind() const noexcept { return kind_; }
    const std::string &code() const noexcept { return code_; }
    const std::string &field() const noexcept { return field_; }                  // empty: no single field
    const std::vector<std::string> &allowed() const noexcept { return allowed_; } // empty: not a choice

private:
    ErrorKind kind_;
    std::string code_, field_;
    std::vector<std::string> allowed_;
};

} // namespace able::base
