#include "frame.h"

#include "host/base/json_builder.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>

namespace able::protocol {
namespace {

using nlohmann::json;

// Messages nest a few levels deep, and what plugins add to them a few more.
constexpr std::size_t max_depth = 64;
// A value takes 16 bytes or more of memory, and may take one of the message.
constexpr std::size_t max_values = 1'000'000;

class Builder final : public base::JsonBuilder {
public:
    Builder() : JsonBuilder(max_depth) {}

private:
    void adding() override {
        if (++values_ > max_values) {
            throw FrameError("a message of more than " + std::to_string(max_values) + " values");
        }
    }

    std::size_t values_ = 0;
};

} // namespace

void send_frame(int fd, const nlohmann::json &document, std::chrono::milliseconds limit) {
    std::vector<std::uint8_t> bytes(4);
    nlohmann::json::to_cbor(document, bytes);
    const auto length = bytes.size() - 4;
    if (length > max_frame) {
        throw FrameError("a message of " + std::to_string(length) + " bytes is too long");
    }
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[i] = static_cast<std::uint8_t>(length >> (8 * i));
    }
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t wrote = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (wrote >= 0) {
            sent += static_cast<std::size_t>(wrote);
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) {
            throw FrameError(std::string("the other end is gone: ") + std::strerror(errno));
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd ready{fd, POLLOUT, 0};
        if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) == 0) {
            throw FrameError("the other end does not take messages");
        }
    }
}

void FrameReader::add(std::span<const std::uint8_t> bytes) {
    if (start_ > 0 && start_ == buffer_.size()) {
        buffer_.clear();
        start_ = 0;
    }
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

bool FrameReader::read_some(int fd) {
    std::array<std::uint8_t, 65536> chunk;
    const ssize_t got = recv(fd, chunk.data(), chunk.size(), 0);
    if (got < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    add({chunk.data(), static_cast<std::size_t>(got)});
    return got > 0;
}

std::optional<nlohmann::json> FrameReader::next() {
    if (buffer_.size() - start_ < 4) {
        return std::nullopt;
    }
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        length |= static_cast<std::uint32_t>(buffer_[start_ + i]) << (8 * i);
    }
    if (length > longest_) {
        throw FrameError("a message claims " + std::to_string(length) + " bytes");
    }
    if (buffer_.size() - start_ - 4 < length) {
        return std::nullopt;
    }
    const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(start_ + 4);
    Builder builder;
    const bool whole = json::sax_parse(begin, begin + length, &builder, json::input_format_t::cbor);
    auto document = builder.take();
    if (!whole || !document.is_object()) {
        throw FrameError("a message is not a document");
    }
    start_ += 4 + length;
    if (start_ > (1U << 20)) {
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(start_));
        start_ = 0;
    }
    return document;
}

} // namespace able::protocol
