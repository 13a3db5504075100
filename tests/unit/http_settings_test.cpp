// What is changed while the server runs: models in memory, the configuration; and the log over HTTP.
#include "http_client.hpp"

#include "host/config/logging.h"

#include <algorithm>
#include <fstream>

namespace http_settings_test {

using fakes::HttpServer;
using nlohmann::json;

namespace {

// The data of the next event of this type.
json next_event(able::server::EventBus::Reader &reader, const std::string &type) {
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
    CHECK(server.script->seen().front().is_load);
    CHECK(server.script->seen().front().first_image == server.script->seen().front().batch_size);
    CHECK(server.get("/api/v1/generate").json().at("total") == 0);

    CHECK(server.post("/api/v1/models/load", body).status == 202); // it is there already
    CHECK(server.post("/api/v1/models/unload", body).status == 202);
    CHECK(next_event(reader, "model").at("loaded") == false);
    CHECK(server.get("/api/v1/models").json().at("models").at(0).at("loaded") == false);
    CHECK(server.script->runs == 1);
}

TEST_CASE("a model that cannot be loaded is named", "[http]") {
    const HttpServer server([](const auto &, auto &, const auto &) -> able::server::Outcome {
        return {able::server::OutcomeKind::failed, "model_error", "its VAE is damaged", false};
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
    CHECK(refused(R"({"server.port": null})") == "400 needs_restart");
    CHECK(refused("{}") == "400 wrong_type");
    // All or none.
    CHECK(refused(R"({"inference.max_batch_size": 5, "inference.max_resolution": 1})") == "400 invalid_value");
    CHECK(key(server.get("/api/v1/config").json(), "inference.max_batch_size").at("value") == "3");
}

TEST_CASE("changes reach the workers and the catalogue, and are kept in a file of their own", "[http]") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "deep/config.changed.yaml";
    const HttpServer server(fakes::make_images, nullptr, file);
    CHECK(server.get("/api/v1/config").json().at("changes_file") == file.string());
    const auto changed = server.post(
        "/api/v1/config",
        R"({"queue.timeout": 12.5, "models.demo": false, "inference.dtype": "fp32", "models.hub_token": "hf_secret"})");
    REQUIRE(changed.status == 200);
    CHECK(changed.json().at("not_kept").is_null());
    CHECK(key(changed.json(), "queue.timeout").at("source") == "changed");
    CHECK(key(changed.json(), "queue.max_queue_size").at("source") == "default");
    CHECK_THAT(changed.body, !Catch::Contains("hf_secret"));
    REQUIRE(server.script->of_environment);
    CHECK_FALSE(server.script->of_environment->models.demo);
    const std::string id = server.post("/api/v1/generate", R"({"prompt": "x"})").json().at("id");
    fakes::eventually([&] { return server.get("/api/v1/generate/" + id).json().at("status") == "completed"; });
    CHECK(server.script->of_runner->queue.timeout == 12.5);
    CHECK(server.script->of_runner->inference.dtype == "fp32");

    // The next start reads it.
    able::config::LoadOptions options;
    options.environment = {{"HOME", folder.path().string()}};
    options.working_dir = folder.path();
    options.system_dir = folder.path();
    std::ofstream(folder.path() / "deep/config.yaml") << "queue: {timeout: 60, max_queue_size: 7}\n";
    options.file = folder.path() / "deep/config.yaml";
    const auto loaded = able::config::load(options);
    CHECK(loaded.config.queue.timeout == 12.5);
    CHECK(loaded.config.queue.max_queue_size == 7);
    CHECK(loaded.config.models.hub_token == "hf_secret");
    // A token is nobody else's to read.
    CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms(0077)) == std::filesystem::perms::none);

    const auto back = server.post("/api/v1/config", R"({"queue.timeout": null, "models.demo": null})");
    CHECK(key(back.json(), "queue.timeout").at("value") == "0");
    CHECK(key(back.json(), "queue.timeout").at("source") == "default");
    CHECK(able::config::load(options).config.queue.timeout == 60);
    server.post("/api/v1/config", R"({"inference.dtype": null, "models.hub_token": null})");
    CHECK_FALSE(std::filesystem::exists(file)); // there is nothing to keep
}

TEST_CASE("a change that cannot be kept counts all the same, and says so", "[http]") {
    const fakes::TempDir folder;
    std::ofstream(folder.path() / "taken") << "a file where a folder would have to be";
    const HttpServer server(fakes::make_images, nullptr, folder.path() / "taken/config.changed.yaml");
    const json reply = server.post("/api/v1/config", R"({"queue.max_queue_size": 3.0})").json();
    CHECK_THAT(reply.at("not_kept").get<std::string>(), Catch::Contains("taken"));
    CHECK(key(server.get("/api/v1/config").json(), "queue.max_queue_size").at("value") == "3");
    const HttpServer without;
    CHECK_THAT(
        without.post("/api/v1/config", R"({"queue.max_queue_size": 3})").json().at("not_kept").get<std::string>(),
        Catch::Contains("--config"));
}

TEST_CASE("each key says what it takes", "[http]") {
    const HttpServer server;
    const json config = server.get("/api/v1/config").json();
    CHECK(key(config, "inference.max_batch_size").at("kind") == "integer");
    CHECK(key(config, "inference.max_batch_size").at("minimum") == 1);
    CHECK(key(config, "inference.max_batch_size").at("maximum") == 10);
    CHECK(key(config, "inference.dtype").at("choices") == json({"auto", "fp32", "fp16", "bf16"}));
    CHECK(key(config, "models.demo").at("kind") == "boolean");
    CHECK(key(config, "server.max_body_size").at("kind") == "size");
    CHECK(key(config, "models.hub_token").at("secret") == true);
    CHECK(key(config, "server.allowed_hosts").at("kind") == "list");
    // What names files, addresses or those who may call is for the file alone.
    for (const json &item : config.at("keys")) {
        const std::string name = item.at("name");
        const bool kept = name.starts_with("server.") || name.starts_with("storage.") || name.starts_with("plugins.") ||
                          name.find("folder") != std::string::npos || name.find("_dir") != std::string::npos;
        CAPTURE(name);
        CHECK_FALSE((kept && item.at("live") == true));
    }
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

} // namespace http_settings_test
