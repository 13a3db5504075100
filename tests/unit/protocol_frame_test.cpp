#include "host/protocol/frame.h"
#include "host/protocol/messages.h"

#include <catch2/catch.hpp>

#include <array>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

namespace protocol_frame_test {

using namespace able::protocol;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

class SocketPair {
public:
    SocketPair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) == 0); }
    ~SocketPair() {
        close_end(0);
        close_end(1);
    }
    int operator[](std::size_t index) const { return ends_.at(index); }
    void close_end(std::size_t index) {
        if (ends_.at(index) >= 0) {
            close(std::exchange(ends_.at(index), -1));
        }
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

} // namespace

TEST_CASE("documents arrive whole and in order, however the bytes are cut") {
    SocketPair sockets;
    std::vector<std::uint8_t> wire;
    for (int i = 0; i < 3; ++i) {
        std::vector<std::uint8_t> body;
        json::to_cbor({{"number", i}, {"bytes", json::binary(std::vector<std::uint8_t>(300, 7))}}, body);
        wire.insert(wire.end(),
                    {static_cast<std::uint8_t>(body.size()), static_cast<std::uint8_t>(body.size() >> 8U), 0, 0});
        wire.insert(wire.end(), body.begin(), body.end());
    }
    FrameReader reader;
    int seen = 0;
    for (const auto byte : wire) {
        REQUIRE(write(sockets[0], &byte, 1) == 1);
        REQUIRE(reader.read_some(sockets[1]));
        while (const auto document = reader.next()) {
            CHECK(document->at("number") == seen++);
            CHECK(document->at("bytes").get_binary().size() == 300);
        }
    }
    CHECK(seen == 3);
}

TEST_CASE("a large document passes a small socket buffer") {
    SocketPair sockets;
    const std::string text(5U << 20, 'x');
    std::thread sender([&] { send_frame(sockets[0], {{"text", text}}, milliseconds(60000)); });
    FrameReader reader;
    std::optional<json> document;
    while (!document && reader.read_some(sockets[1])) {
        document = reader.next();
    }
    sender.join();
    REQUIRE(document);
    CHECK(document->at("text") == text);
}

TEST_CASE("an end that does not read is an error, not a standstill") {
    SocketPair sockets;
    CHECK_THROWS_AS(send_frame(sockets[0], {{"text", std::string(5U << 20, 'x')}}, milliseconds(50)), FrameError);
}

TEST_CASE("an end that is gone is an error, not a signal") {
    SocketPair sockets;
    sockets.close_end(1);
    CHECK_THROWS_AS(send_frame(sockets[0], {{"a", 1}}, milliseconds(1000)), FrameError);
}

TEST_CASE("bytes that are no document are an error") {
    const std::vector<std::vector<std::uint8_t>> bad{{0xff, 0xff, 0xff, 0xff}, {1, 0, 0, 0, 0xff}, {1, 0, 0, 0, 0x01}};
    for (const auto &bytes : bad) {
        SocketPair sockets;
        REQUIRE(write(sockets[0], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
        FrameReader reader;
        REQUIRE(reader.read_some(sockets[1]));
        CHECK_THROWS_AS(reader.next(), FrameError);
    }
}

TEST_CASE("a job survives its way to the worker") {
    Generate spec;
    spec.prompt = "a \"quoted\" café 🙂";
    spec.seed = 9223372036854775807ULL;
    spec.init_image = {0, 1, 255};
    spec.inpainting = {
        .mask = {255, 0}, .blur = 7, .invert = true, .only_masked = true, .padding = 9, .content = "noise"};
    spec.sampler_params = {{"eta", 0.5}};
    spec.loras = {{"l", "/l.safetensors", 0.5, 0.25}};
    spec.prompts = {{"a (b)", "c", {{"m", "/m.safetensors", 1, 0.5}}}};
    std::vector<std::uint8_t> bytes;
    json::to_cbor(encode(Order(RunTask{"a", spec})), bytes);
    const auto run = std::get<RunTask>(decode_order(json::from_cbor(bytes)));
    CHECK(run.job_id == "a");
    const auto back = std::get<Generate>(run.task);
    CHECK(able::base::to_document(back) == able::base::to_document(spec));
    CHECK(back.seed == spec.seed);
    CHECK(back.init_image == spec.init_image);
    CHECK(back.inpainting.mask == spec.inpainting.mask);
    CHECK(back.inpainting.content == "noise");
}

} // namespace protocol_frame_test
