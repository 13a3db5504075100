#include "frame.h"

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

// Builds a document from its CBOR, and refuses to go deeper than max_depth: the reader calls itself for each level, so
// that a hostile frame of nothing but opening brackets would use up the stack.
// NOLINTNEXTLINE(bugprone-exception-escape): moving json asserts, it does not throw
class Builder : public nlohmann::json_sax<json> {
public:
    json take() { return std::move(root_); }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t & /*text*/) override { return add(value); }
    bool string(string_t &value) override { return add(std::move(value)); }
    bool binary(binary_t &value) override { return add(json::binary(std::move(value))); }
    bool start_object(std::size_t /*count*/) override { return open(json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t /*count*/) override { return open(json::array()); }
    bool end_array() override { return close(); }
    bool key(string_t &name) override {
        key_ = std::move(name);
        return true;
    }
    bool parse_error(std::size_t /*position*/, const std::string & /*token*/,
                     const json::exception & /*error*/) override {
        return false;
    }

private:
    json *place(json &&value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        json &parent = *open_.back();
        if (parent.is_array()) {
            parent.push_back(std::move(value));
            return &parent.back();
        }
        return &(parent[key_] = std::move(value));
    }
    bool add(json &&value) {
        place(std::move(value));
        return true;
    }
    // A parent does not grow while a child is open, so the pointers to both stay good.
    bool open(json &&value) {
        if (open_.size() == max_depth) {
            return false;
        }
        open_.push_back(place(std::move(value)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    json root_;
    std::vector<json *> open_;
    std::string key_;
};

} // namespace

void send_frame(int fd, const nlohmann::json &document, std::chrono::milliseconds limit) {
    std::vector<std::uint8_t> bytes(4);
    nlohmann::json::to_cbor(document, bytes);
    const auto length = bytes.size() - 4;
    if (length > kMaxFrame) {
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

bool FrameReader::read_some(int fd) {
    if (start_ > 0 && start_ == buffer_.size()) {
        buffer_.clear();
        start_ = 0;
    }
    std::array<std::uint8_t, 65536> chunk;
    const ssize_t got = recv(fd, chunk.data(), chunk.size(), 0);
    if (got < 0) {
        return errno == EINTR || errno == EAGAIN;
    }
    buffer_.insert(buffer_.end(), chunk.begin(), chunk.begin() + got);
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
    if (length > kMaxFrame) {
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
