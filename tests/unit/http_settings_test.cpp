// What is changed while the server runs: models in memory, the configuration; and the log over HTTP.
#include "http_client.hpp"

#include "host/config/logging.h"

#include <algorithm>

using fakes::HttpServer;
using nlohmann::json;

namespace {

// The data of the next event of this type.
json next_event(able::jobs::EventBus::Reader &reader, const std::string &type) {
    for (;;) {
        const auto next = reader.next(std::chrono::seconds(60));
        REQUIRE(next.event != nullptr);
        if (next.event->type == type) {
            return next.event->data;
        }
    }
}

json key(const json &config, const std::string &name) {
    for (const json &item : config.at("keys")) {
        if (item.at("name") == name) {
            return item;
        }
    }
    return nullptr;
}

} // namespace

TEST_CASE("a model is loaded without a job, and let go", "[http]") {
    const HttpServer server;
    auto reader = server.engine->events().read(std::nullopt, std::nullopt);
    const std::string body = R"({"model": "tiny-sd15"})";
    CHECK(server.post("/api/v1/models/unload", body).error_code() == "not_loaded");
    CHECK(server.post("/api/v1/models/load", body).status == 202);
    CHECK(next_event(reader, "model") == json{{"model", "tiny-sd15"}, {"loaded", true}, {"error", nullptr}});
    CHECK(server.get("/api/v1/models").json().at("models").at(0).at("loaded") == true);
    REQUIRE(server.script->seen().size() == 1);
    CHECK(server.script->seen().front().first_image == server.script->seen().front().batch_size);
    CHECK(server.get("/api/v1/generate").json().at("total") == 0);

    CHECK(server.post("/api/v1/models/load", body).status == 202); // it is there already
    CHECK(server.post("/api/v1/models/unload", body).status == 202);
    CHECK(next_event(reader, "model").at("loaded") == false);
    CHECK(server.get("/api/v1/models").json().at("models").at(0).at("loaded") == false);
    CHECK(server.script->runs == 1);
}

TEST_CASE("a model that cannot be loaded is named", "[http]") {
    const HttpServer server([](const auto &, auto &, const auto &) -> able::worker::Outcome {
        return {able::worker::OutcomeKind::failed, "model_error", "its VAE is damaged", false};
    });
    auto reader = server.engine->events().read(std::nullopt, std::nullopt);
    CHECK(server.post("/api/v1/models/load", R"({"model": "nobody"})").json().at("error").at("field") == "model");
    CHECK(server.post("/api/v1/models/load", R"({})").error_code() == "missing_field");
    CHECK(server.post("/api/v1/models/load", R"({"model": "tiny-sd15", "x": 1})").error_code() == "unknown_field");
    CHECK(server.post("/api/v1/models/load", R"({"model": "tiny-sd15"})").status == 202);
    CHECK(next_event(reader, "model").at("error") == "its VAE is damaged");
}

TEST_CASE("the configuration is shown without its secrets, and live keys are changed", "[http]") {
    const HttpServer server(fakes::make_images,
                            [](able::config::Config &config) { config.models.hub_token = "hf_secret"; });
    const auto shown = server.get("/api/v1/config");
    CHECK_THAT(shown.body, !Catch::Contains("hf_secret"));
    CHECK(key(shown.json(), "models.hub_token").at("value") == R"("" # 1 set, not shown)");
    CHECK(key(shown.json(), "inference.max_batch_size").at("live") == true);
    CHECK(key(shown.json(), "server.port").at("live") == false);

    const std::string four = R"({"prompt": "x", "batch_size": 4})";
    CHECK(server.post("/api/v1/generate", four).status == 202);
    const auto changed =
        server.post("/api/v1/config", R"({"inference.max_batch_size": 3, "logging.level": "warning"})");
    CHECK(changed.status == 200);
    CHECK(key(changed.json(), "inference.max_batch_size").at("value") == "3");
    CHECK(server.post("/api/v1/generate", four).json().at("error").at("field") == "batch_size");

    const auto refused = [&](const char *body) {
        const auto reply = server.post("/api/v1/config", body);
        return std::to_string(reply.status) + " " + reply.error_code();
    };
    CHECK(refused(R"({"server.port": 9000})") == "400 needs_restart");
    CHECK(refused(R"({"server.prot": 9000})") == "400 unknown_field");
    CHECK(refused(R"({"inference.max_batch_size": 99})") == "400 invalid_value");
    CHECK(refused(R"({"inference.max_batch_size": [1]})") == "400 wrong_type");
    CHECK(refused("{}") == "400 wrong_type");
    // All or none.
    CHECK(refused(R"({"inference.max_batch_size": 5, "inference.max_resolution": 1})") == "400 invalid_value");
    CHECK(key(server.get("/api/v1/config").json(), "inference.max_batch_size").at("value") == "3");
}

TEST_CASE("the last lines of the log can be read, oldest first, at the level that was set", "[http]") {
    const HttpServer server;
    able::config::set_up_logging({});
    const auto change = [&](const char *key, const json &value) {
        CHECK(server.post("/api/v1/config", json{{key, value}}.dump()).status == 200);
    };
    change("queue.max_queue_size", 11);
    change("queue.max_queue_size", 12);
    change("logging.level", "warning");
    change("queue.max_queue_size", 13);
    const json lines = server.get("/api/v1/logs?limit=2").json().at("lines");
    REQUIRE(lines.size() == 2);
    CHECK_THAT(lines.at(0).get<std::string>(), Catch::EndsWith("key=queue.max_queue_size value=11"));
    CHECK_THAT(lines.at(1).get<std::string>(), Catch::EndsWith("key=queue.max_queue_size value=12"));
    CHECK(server.get("/api/v1/logs?limit=0").status == 400);
    change("logging.level", "info");
}
