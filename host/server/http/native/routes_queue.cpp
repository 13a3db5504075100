#include "host/server/requests/refusal.h"
#include "routes.h"
#include "views.h"

#include "host/base/whole_number.h"

#include <limits>

namespace able::http {
namespace {

using nlohmann::json;

std::size_t wanted_position(const json &body) {
    if (!body.is_object()) {
        server::refuse("wrong_type", "", "send an object such as {\"position\": 1}", {"position"});
    }
    for (const auto &[name, value] : body.items()) {
        if (name != "position") {
            server::refuse("unknown_field", name, "unknown field \"" + name.substr(0, 100) + "\"", {"position"});
        }
    }
    if (!body.contains("position")) {
        server::refuse("missing_field", "position", "position is required: 1 is the front of the queue", {"position"});
    }
    const json position = base::whole_if_integral(body.at("position"));
    if (!position.is_number_unsigned() || position.get<std::uint64_t>() < 1 ||
        position.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
        server::refuse("out_of_range", "position", "position must be an integer from 1, the front of the queue",
                       {"position"});
    }
    return position.get<std::size_t>();
}

Route pause_route(bool pause, server::Queue &queue) {
    return {.method = "POST",
            .path = pause ? "/api/v1/queue/pause" : "/api/v1/queue/resume",
            .id = pause ? "pauseQueue" : "resumeQueue",
            .tag = "queue",
            .summary = pause ? "Start no more jobs; running ones go on. Lasts over a restart." : "Start jobs again.",
            .handle =
                [&queue, pause](Exchange &exchange) {
                    exchange.expect_no_body();
                    queue.set_paused(pause);
                    exchange.reply(200, json{{"paused", pause}});
                },
            .replies = {{200, "Paused"}}};
}

} // namespace

void add_queue_routes(std::vector<Route> &routes, server::Queue &queue) {
    routes.push_back({.method = "GET",
                      .path = "/api/v1/queue",
                      .id = "getQueue",
                      .tag = "queue",
                      .summary = "Running jobs (position 0) and waiting ones, in order.",
                      .handle =
                          [&queue](Exchange &exchange) {
                              exchange.check_query();
                              exchange.reply(200, queue_view(queue.state()));
                          },
                      .replies = {{200, "QueueState"}}});
    routes.push_back(pause_route(true, queue));
    routes.push_back(pause_route(false, queue));
    routes.push_back({.method = "POST",
                      .path = "/api/v1/queue/{id}/move",
                      .id = "moveJob",
                      .tag = "queue",
                      .summary = "Move a waiting job; position 1 is the front.",
                      .handle =
                          [&queue](Exchange &exchange) {
                              const std::string &id = exchange.parameter("id");
                              const std::size_t position = queue.move(id, wanted_position(exchange.json_body()));
                              exchange.reply(200, json{{"id", id}, {"position", position}});
                          },
                      .replies = {{200, "Moved"}, {400}, {404}, {409}},
                      .request = "MoveRequest"});
}

} // namespace able::http
