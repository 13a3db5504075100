// What server and worker say to each other, and what becomes of bytes that are none of it.
#include "host/protocol/messages.h"

#include <catch2/catch.hpp>

#include <array>
#include <limits>

#include <sys/socket.h>
#include <unistd.h>

namespace protocol_messages_test {

using namespace able::protocol;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

// As it arrives: through the frame's format.
json on_the_wire(const json &document) {
    return json::from_cbor(json::to_cbor(document));
}

json encoded(const Report &report) {
    return encode(report, {"job", 2});
}

template <class Message>
Message sent(const Message &message) {
    if constexpr (std::is_constructible_v<Report, Message>) {
        return std::get<Message>(decode_report(on_the_wire(encoded(message))).report);
    } else {
        return std::get<Message>(decode_order(on_the_wire(encode(Order(message)))));
    }
}

template <class Decode>
std::string problem(Decode decode, const json &document) {
    try {
        decode(on_the_wire(document));
    } catch (const ProtocolError &error) {
        return error.what();
    }
    return "";
}

std::vector<json> all_messages() {
    return {encode(Order(Hello{{"cpu", "fp32", 2, "1000", "auto"}, {}})),
            encode(Order(RunTask{"job", Load{"model", "/model", "", 64, 64}})),
            encode(Order(RunTask{"job", Generate{}})),
            encode(Order(Cancel{})),
            encoded(Phase{"loading", 0.5, "a plugin"}),
            encoded(Loaded{{"a", "b"}, true}),
            encoded(Step{1, 2, 3, {4}}),
            encoded(ImageDone{1, "/out/a-1.png", 7, 64, 64, json::object()}),
            encoded(Log{2, "a line"}),
            encoded(Done{Ending::failed, "bad_model", "it is damaged"})};
}

} // namespace

TEST_CASE("every message arrives as it was sent") {
    const auto hello = sent(Hello{{"cuda:0", "fp16", 3, "123456789012", "on"}, {json{{"path", "/a"}}}});
    CHECK(hello.settings == WorkerSettings{"cuda:0", "fp16", 3, "123456789012", "on"});
    CHECK(hello.plugins == std::vector{json{{"path", "/a"}}});
    const auto run = sent(RunTask{"job", Load{"org/model", "/models/model", "/vae", 512, 768}});
    CHECK(run.job_id == "job");
    const auto load = std::get<Load>(run.task);
    CHECK(load.model_id == "org/model");
    CHECK(load.model_path == "/models/model");
    CHECK(load.vae_path == "/vae");
    CHECK(load.width == 512);
    CHECK(load.height == 768);
    sent(Cancel{});
    const auto phase = sent(Phase{"loading", 0.25, "pipeline 'sd15'"});
    CHECK(phase.name == "loading");
    CHECK(phase.fraction == 0.25);
    CHECK(phase.where == "pipeline 'sd15'");
    CHECK(sent(Loaded{{"b", "a"}, true}).models == std::vector<std::string>{"b", "a"});
    CHECK(sent(Step{1, 2, 3, {0, 255}}).preview_png == std::vector<std::uint8_t>{0, 255});
    const auto image = sent(ImageDone{1, "/out/a-1.png", 9223372036854775807ULL, 64, 72, {{"steps", 3}}});
    CHECK(image.seed == 9223372036854775807ULL);
    CHECK(image.height == 72);
    CHECK(image.metadata == json{{"steps", 3}});
    CHECK(sent(Log{255, "above"}).level == 255); // plugins may give any level
    for (const auto ending : {Ending::completed, Ending::failed, Ending::cancelled}) {
        CHECK(sent(Done{ending, "code", "text"}).ending == ending);
    }
}

TEST_CASE("a message without one of its parts, or with another kind of part, is refused and says why") {
    const auto decode = [](const json &document) {
        const std::string type = document.at("type");
        if (type == "hello" || type == "task" || type == "cancel") {
            static_cast<void>(decode_order(document));
        } else {
            static_cast<void>(decode_report(document));
        }
    };
    for (const json &message : all_messages()) {
        CHECK(problem(decode, message).empty());
        for (const auto &[name, value] : message.items()) {
            CAPTURE(message.at("type"), name);
            if (name == "type") {
                continue;
            }
            json without = message;
            without.erase(name);
            CHECK(problem(decode, without).find(name) != std::string::npos);
            json other = message;
            other[name] = json{{"another", nullptr}};
            if (name != "metadata" && name != "task") {
                CHECK(problem(decode, other).find(name) != std::string::npos);
            }
            other[name] = -1;
            CHECK_FALSE((name != "fraction" && problem(decode, other).empty()));
        }
    }
}

TEST_CASE("a report says whose it is") {
    const auto received = decode_report(on_the_wire(encoded(Log{1, "a line"})));
    CHECK(received.of == RunRef{"job", 2});
    CHECK_FALSE(received.of == RunTask{"job", Generate{}}.ref());
    CHECK(received.of == RunTask{"job", Generate{}, 2}.ref());
    for (const char *part : {"job", "attempt"}) {
        json anonymous = encoded(Log{1, "a line"});
        anonymous.erase(part);
        CHECK_THROWS_WITH(decode_report(anonymous), Catch::Contains(std::string("has no \"") + part + '"'));
    }
}

TEST_CASE("texts of plugins are cut and cannot forge lines") {
    const std::string endless(1 << 20, 'x');
    CHECK(sent(Log{1, endless}).line.size() < 4100);
    CHECK(sent(Done{Ending::failed, endless, endless}).error.size() < 4100);
    CHECK(sent(Done{Ending::failed, endless, ""}).code.size() < 50);
    CHECK(sent(Phase{endless, 0, endless}).where.size() < 400);
    CHECK(sent(Log{1, "one\r\nevent=forged\x1b[2J\x7f"}).line == "one  event=forged [2J ");
    CHECK(sent(Log{1, "caf\xC3\xA9 \xFF\xC3"}).line == "caf\xC3\xA9 ??");
    CHECK(sent(Loaded{std::vector<std::string>(5000, "a\n"), false}).models == std::vector<std::string>(100, "a "));
}

TEST_CASE("a report that no worker of this program sends is refused for its size") {
    CHECK_THROWS_WITH(decode_report(encoded(Step{0, 1, 2, std::vector<std::uint8_t>(5 << 20)})),
                      Catch::Contains("a preview of 5242880 bytes"));
    CHECK_THROWS_WITH(decode_report(encoded(ImageDone{0, "/a", 1, 8, 8, {{"x", std::string(2 << 20, 'x')}}})),
                      Catch::Contains("metadata"));
    FrameReader reader(max_report);
    const std::array<std::uint8_t, 4> length{1, 0, 0, 1}; // 16 MiB and a byte
    reader.add(length);
    CHECK_THROWS_AS(next_report(reader), FrameError);
    FrameReader many;
    std::vector<std::uint8_t> bytes{0xA1, 0x61, 'a', 0x9A, 0, 0x1E, 0x84, 0x80}; // {"a": 2,000,000 numbers
    bytes.resize(bytes.size() + 2'000'000, 0);
    const auto size = static_cast<std::uint32_t>(bytes.size());
    std::array<std::uint8_t, 4> prefix{};
    for (std::size_t i = 0; i < 4; ++i) {
        prefix[i] = static_cast<std::uint8_t>(size >> (8 * i));
    }
    many.add(prefix);
    many.add(bytes);
    CHECK_THROWS_WITH(next_report(many), Catch::Contains("1000000 values"));
}

TEST_CASE("numbers that a message cannot hold are refused") {
    json step = encoded(Step{1, 2, 3, {}});
    for (const json &image : {json(4294967296ULL), json(1e300), json(1.5), json(-1), json("1")}) {
        step["image"] = image;
        CHECK_THROWS_AS(decode_report(on_the_wire(step)), ProtocolError);
    }
    json phase = encoded(Phase{"loading", 0, ""});
    for (const double fraction : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        phase["fraction"] = fraction;
        CHECK_THROWS_AS(decode_report(phase), ProtocolError);
    }
    json done = encoded(Done{});
    done["kind"] = "perhaps";
    CHECK_THROWS_WITH(decode_report(done), Catch::Contains("completed or failed or cancelled"));
}

TEST_CASE("what is no message of its direction is refused") {
    for (const json &document : {json(nullptr), json(1), json::array(), json::object(), json{{"type", 1}},
                                 json{{"type", "nothing"}}, json{{"type", std::string(100000, 'x')}}}) {
        CHECK_THROWS_AS(decode_order(document), ProtocolError);
        CHECK_THROWS_AS(decode_report(document), ProtocolError);
    }
    CHECK_THROWS_AS(decode_order(encoded(Done{})), ProtocolError);
    CHECK_THROWS_AS(decode_report(encode(Order(Cancel{}))), ProtocolError);
}

TEST_CASE("a task that is none, or lacks a part, is refused") {
    json run = encode(Order(RunTask{"job", Generate{}}));
    const json task = encode_task(Generate{}); // outlives the loop over it
    const json options = able::base::to_document(GenerateOptions{});
    for (const auto &[name, value] : task.items()) {
        CAPTURE(name);
        json lacking = run;
        lacking["task"].erase(name);
        if (options.contains(name) || name == "load_params" || name == "few_steps") { // older jobs lack them
            CHECK_NOTHROW(decode_order(lacking));
        } else {
            CHECK_THROWS_AS(decode_order(lacking), ProtocolError);
        }
        json other = run;
        other["task"][name] = 1.5;
        if (!value.is_number_float() && name != "task") {
            CHECK_THROWS_WITH(decode_order(other), Catch::Contains("\"task." + name + "\" must be"));
        }
    }
    run["task"]["loras"] = {{{"id", "a"}, {"path", 7}}};
    CHECK_THROWS_WITH(decode_order(run),
                      Catch::Contains("in the message 'task', \"task.loras[0].path\" must be a text"));
    run["task"] = task;
    run["task"]["task"] = "dream";
    CHECK_THROWS_WITH(decode_order(run), Catch::Contains("'dream'"));
}

TEST_CASE("bytes that nest without end are refused and do not use up the stack") {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    constexpr std::uint32_t length = 100000;
    std::vector<std::uint8_t> bytes(4 + length, 0x81); // an array of one element, which is an array of one element, …
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[i] = static_cast<std::uint8_t>(length >> (8 * i));
    }
    REQUIRE(write(ends[0], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    FrameReader reader;
    const auto read_all = [&] {
        for (;;) {
            REQUIRE(reader.read_some(ends[1]));
            static_cast<void>(next_report(reader));
        }
    };
    CHECK_THROWS_AS(read_all(), FrameError);
    close(ends[0]);
    close(ends[1]);
}

TEST_CASE("messages cross a socket") {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    send(ends[0], Order(RunTask{"job", Load{"model", "/model", "", 64, 64}}), milliseconds(1000));
    FrameReader reader;
    CHECK_FALSE(next_order(reader));
    REQUIRE(reader.read_some(ends[1]));
    const auto order = next_order(reader);
    REQUIRE(order);
    CHECK(std::get<RunTask>(*order).job_id == "job");
    close(ends[0]);
    close(ends[1]);
}

} // namespace protocol_messages_test
