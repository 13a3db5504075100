// Downloads over the REST API.
#include "downloading.h"
#include "http_client.hpp"
#include "openapi_check.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

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
