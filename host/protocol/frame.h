// The worker protocol: JSON documents as CBOR, each behind its length as four bytes, little-endian, over a socket pair.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace able::protocol {

constexpr std::uint32_t max_frame = 128U << 20; // bytes: a task with two large pictures

// The other end is gone, stuck, or does not speak the protocol.
class FrameError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Sends one document; waits at most `limit` for the other end to take it. Throws FrameError.
void send_frame(int fd, const nlohmann::json &document, std::chrono::milliseconds limit);

// Puts a stream of bytes back together. One thread at a time.
class FrameReader {
public:
    // A message of more than `longest` bytes is refused before it is read.
    explicit FrameReader(std::uint32_t longest = max_frame) : longest_(longest) {}

    // Reads what is there (blocking if nothing is, and the descriptor blocks). False at the end of the stream.
    bool read_some(int fd);
    void add(std::span<const std::uint8_t> bytes);
    // The next whole document, if there is one. Throws FrameError for bytes that are none.
    std::optional<nlohmann::json> next();

private:
    std::uint32_t longest_;
    std::vector<std::uint8_t> buffer_;
    std::size_t start_ = 0;
};

} // namespace able::protocol
