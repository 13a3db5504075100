// What is wrong with a prompt, in words for the person who wrote it.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace able::prompt {

class PromptError : public std::runtime_error {
public:
    explicit PromptError(const std::string &message, std::vector<std::string> allowed = {})
        : std::runtime_error(message), allowed_(std::move(allowed)) {}
    // The names that would have been possible, where it is about a name.
    const std::vector<std::string> &allowed() const noexcept { return allowed_; }

private:
    std::vector<std::string> allowed_;
};

} // namespace able::prompt
