// Downloads over the REST API.
#include "downloading.h"
#include "http_client.hpp"
#include "openapi_check.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace http_test {

using fakes::eventually;
using fakes::HttpServer;
using nlohmann::json;

TEST_CASE("a download is asked for, followed and taken off the list over HTTP", "[downloads]") {
    const fakes::TempDir folder;
    fakes::Hub hub(folder.path());
    add_diffusers_model(hub);
    hub.wanted_token = "hf_secret-token-of-the-test";
    std::ostringstream log;
    const auto before = spdlog::default_logger();
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
    {
        const HttpServer server(fakes::make_images, [&](able::config::Config &config) {
            config.models.hub_url = hub.url();
            config.models.hub_token = hub.wanted_token;
            config.models.hub_ca_file = hub.certificate.certificate;
            config.models.hub_private_addresses = true;
            config.models.hub_cache = folder.path() / "hub";
        });
        auto reader = server.engine->events().read(std::nullopt, std::nullopt);
        const auto added = server.post("/api/v1/models/download", R"({"repo": "org/model"})");
        CHECK(added.status == 202);
        const std::string id = added.json().at("id");
        const std::string path = "/api/v1/models/downloads";
        eventually([&] { return server.get(path).json().at("downloads").at(0).at("state") == "completed"; });
        bool told = false;
        while (!told) {
            const auto next = reader.next(std::chrono::seconds(60));
            REQUIRE(next.event != nullptr);
            told = next.event->type == "download" && next.event->data.at("state") == "completed";
        }
        CHECK_THAT(server.get(path).body, !Catch::Contains("secret"));

        CHECK(server.post(path + "/" + id + "/pause", "").status == 409);
        CHECK(server.post(path + "/nobody/cancel", "").status == 404);
        CHECK(server.post("/api/v1/models/download", R"({"repo": "../x"})").json().at("error").at("field") == "repo");
        CHECK(server.send("DELETE", path + "/" + id).status == 200);
        CHECK(server.get(path).json().at("count") == 0);
    }
    spdlog::set_default_logger(before);
    CHECK_THAT(log.str(), Catch::Contains("event=download_completed"));
    CHECK_THAT(log.str(), !Catch::Contains("secret"));
}

TEST_CASE("replies about downloads are as the OpenAPI document says", "[downloads]") {
    const fakes::TempDir folder;
    fakes::Hub hub(folder.path());
    add_diffusers_model(hub);
    hub.hold_after(500'000);
    const HttpServer server(fakes::make_images, [&](able::config::Config &config) {
        config.models.hub_url = hub.url();
        config.models.hub_ca_file = hub.certificate.certificate;
        config.models.hub_private_addresses = true;
        config.models.hub_cache = folder.path() / "hub";
    });
    const json document = server.get("/api/v1/openapi.json").json();
    const auto check = [&](const std::string &method, const std::string &pattern, const fakes::Reply &reply) {
        CAPTURE(method, pattern);
        const json &responses = document.at("paths").at(pattern).at(method).at("responses");
        const json &response = responses.at(std::to_string(reply.status));
        CHECK(fakes::problem(document, response.at("content").at("application/json").at("schema"), reply.json(),
                             "reply") == "");
        return reply.json();
    };
    const std::string list = "/api/v1/models/downloads";
    const json added = check("post", "/api/v1/models/download",
                             server.post("/api/v1/models/download", R"({"repo": "org/model", "variant": "fp16"})"));
    const std::string id = added.at("id");
    eventually([&] { return server.get(list).json().at("downloads").at(0).at("bytes_done") > 500'000; });
    check("get", list, server.get(list));
    for (const std::string change : {"pause", "resume", "cancel"}) {
        check("post", list + "/{id}/" + change, server.post(list + "/" + id + "/" + change));
    }
    check("post", list + "/{id}/resume", server.post(list + "/" + id + "/resume")); // 409
    hub.release();
    fakes::Reply gone;
    eventually([&] {
        gone = server.send("DELETE", list + "/" + id);
        return gone.status == 200;
    });
    check("delete", list + "/{id}", gone);
    check("delete", list + "/{id}", server.send("DELETE", list + "/" + id)); // 404
}

TEST_CASE("a repository's files are listed, with what can be chosen, by way of the server", "[downloads]") {
    const fakes::TempDir folder;
    fakes::Hub hub(folder.path());
    add_diffusers_model(hub);
    hub.files["single.safetensors"] = {fakes::content_of(5000), true};
    hub.wanted_token = "hf_secret-token-of-the-test";
    const HttpServer server(fakes::make_images, [&](able::config::Config &config) {
        config.models.hub_url = hub.url();
        config.models.hub_ca_file = hub.certificate.certificate;
        config.models.hub_private_addresses = true;
    });
    const std::string path = "/api/v1/models/hub";
    const auto denied = server.post(path, R"({"repo": "org/model"})");
    CHECK(denied.status == 404);
    CHECK(denied.error_code() == "access_denied");
    // A token counts from when it is given.
    const json token{{"models.hub_token", hub.wanted_token}};
    REQUIRE(server.post("/api/v1/config", token.dump()).status == 200);
    const auto listed = server.post(path, R"({"repo": "org/model"})");
    REQUIRE(listed.status == 200);
    CHECK_THAT(listed.body, !Catch::Contains("secret"));
    const json repo = listed.json();
    CHECK(repo.at("whole").at("files") == 8);
    CHECK(repo.at("files") == json::parse(R"([{"path": "single.safetensors", "size_bytes": 5000}])"));
    CHECK(repo.at("others") == 4); // README, the half-precision weights, a .bin, the safety checker
    const json half = server.post(path, R"({"repo": "org/model", "variant": "fp16"})").json();
    CHECK(half.at("whole").at("size_bytes").get<int>() == repo.at("whole").at("size_bytes").get<int>() - 1'500'000);
    CHECK(server.get("/api/v1/models/downloads").json().at("count") == 0); // nothing is fetched by it
    const json document = server.get("/api/v1/openapi.json").json();
    const json &schema = document.at("paths").at(path).at("post").at("responses").at("200").at("content");
    CHECK(fakes::problem(document, schema.at("application/json").at("schema"), repo, "reply") == "");

    CHECK(server.post(path, R"({"repo": "org/nothing"})").error_code() == "unknown_repo");
    CHECK(server.post(path, R"({"repo": "org/model", "kind": "lora"})").error_code() == "unknown_field");
}

TEST_CASE("a hub that cannot be reached is a 502 in words", "[downloads]") {
    const HttpServer server(fakes::make_images, [&](able::config::Config &config) {
        config.models.hub_url = "https://localhost:1";
        config.models.hub_private_addresses = true;
    });
    const auto reply = server.post("/api/v1/models/hub", R"({"repo": "org/model"})");
    CHECK(reply.status == 502);
    CHECK(reply.error_code() == "hub_unreachable");
    CHECK_THAT(reply.body, Catch::Contains("localhost"));
}

} // namespace http_test
