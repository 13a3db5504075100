// The event stream, as a browser reads it.
#include "server_process.h"

#include <catch2/catch.hpp>

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>

namespace events_test {

using namespace able::e2e;
using nlohmann::json;

namespace {

struct Event {
    std::string id, name;
    json data;
};

// Reads a job's stream from the event after `last_id` up to the one that ends it.
std::vector<Event> read_events(const Server &server, const std::string &path, const std::string &last_id = {}) {
    Poco::Net::HTTPClientSession session("127.0.0.1", server.port());
    session.setTimeout(Poco::Timespan(90, 0));
    Poco::Net::HTTPRequest request("GET", path, "HTTP/1.1");
    if (!last_id.empty()) {
        request.set("Last-Event-ID", last_id);
    }
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    auto &in = session.receiveResponse(response);
    REQUIRE(response.getStatus() == 200);
    REQUIRE(response.getContentType().starts_with("text/event-stream"));
    std::vector<Event> events;
    Event event;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line.back() == '\r') {
            line.pop_back();
        }
        if (line.starts_with("id:")) {
            event.id = line.substr(line.find_first_not_of(' ', 3));
        } else if (line.starts_with("event:")) {
            event.name = line.substr(line.find_first_not_of(' ', 6));
        } else if (line.starts_with("data:")) {
            event.data = json::parse(line.substr(5));
        } else if (line.empty() && !event.name.empty()) {
            events.push_back(event);
            if (event.name == "completed" || event.name == "failed" || event.name == "cancelled") {
                return events;
            }
            event = {};
        }
    }
    return events;
}

std::size_t count(const std::vector<Event> &events, const std::string &name) {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const Event &event) { return event.name == name; }));
}

} // namespace

TEST_CASE("a job's events tell its story in order, with previews where asked for, and resume where they were left") {
    const Server server;
    auto request = tiny_request();
    request["preview"] = 2;
    request["batch_size"] = 2;
    const auto id = server.submit(request);
    const auto path = "/api/v1/generate/" + id + "/events";
    const auto events = read_events(server, path);
    REQUIRE(events.size() >= 2);
    CHECK(events.front().name == "queued");
    CHECK(events.back().name == "completed");
    CHECK(count(events, "started") == 1);
    CHECK(count(events, "step") == 8);
    CHECK(count(events, "image") == 2);
    std::size_t previews = 0;
    for (const auto &event : events) {
        previews += event.name == "step" && event.data.dump().find("base64") != std::string::npos ? 1 : 0;
    }
    CHECK(previews == 4);

    // Everything after the event that a client saw last, and nothing else.
    const auto middle = events.size() / 2;
    const auto rest = read_events(server, path, events[middle].id);
    REQUIRE(rest.size() == events.size() - middle - 1);
    CHECK(rest.front().id == events[middle + 1].id);
}

TEST_CASE("a failed job's last event says why") {
    Options options;
    options.plugins = {"sample_fail"};
    const Server server(options);
    auto request = tiny_request();
    request["sampler"] = "sample_fail";
    const auto id = server.submit(request);
    const auto events = read_events(server, "/api/v1/generate/" + id + "/events");
    REQUIRE_FALSE(events.empty());
    CHECK(events.back().name == "failed");
    CHECK(events.back().data.dump().find("on purpose") != std::string::npos);
}

} // namespace events_test
