// Where a child process answers: its standard output, which what plugins print must not mix with.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

#include <unistd.h>

namespace able::protocol {

class AnswerStream {
public:
    // From here on, what is printed to standard output goes to standard error.
    AnswerStream() : fd_(dup(STDOUT_FILENO)) { dup2(STDERR_FILENO, STDOUT_FILENO); }
    ~AnswerStream() { close(fd_); }
    AnswerStream(const AnswerStream &) = delete;
    AnswerStream &operator=(const AnswerStream &) = delete;

    // Written at once: it arrives whatever becomes of this process.
    void line(const nlohmann::json &document) const {
        const std::string text = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
        for (std::size_t sent = 0; sent < text.size();) {
            const ssize_t wrote = write(fd_, text.data() + sent, text.size() - sent);
            if (wrote < 0) {
                return;
            }
            sent += static_cast<std::size_t>(wrote);
        }
    }

private:
    int fd_;
};

} // namespace able::protocol
