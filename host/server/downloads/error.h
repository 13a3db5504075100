// What can go wrong with a download, in words for the person who waits for it.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace able::downloads {

// `code` is for programs and never changes. what() never has a token, nor an address beyond the host's name: those of a
// hub's stores are signed.
class DownloadError : public std::runtime_error {
public:
    DownloadError(std::string code, const std::string &message, bool passing = false)
        : std::runtime_error(message), code_(std::move(code)), passing_(passing) {}

    const std::string &code() const noexcept { return code_; }
    bool passing() const noexcept { return passing_; } // another try may do

private:
    std::string code_;
    bool passing_;
};

} // namespace able::downloads
