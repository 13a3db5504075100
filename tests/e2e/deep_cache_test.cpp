// Deep features kept between evaluations, over REST.
#include "golden_pictures.h"
#include "server_process.h"

#include <catch2/catch.hpp>

namespace deep_cache_test {

using namespace able::e2e;
using nlohmann::json;

namespace {

json with(json request, const json &fields) {
    request.update(fields);
    return request;
}

} // namespace

TEST_CASE("deep features kept between steps show the DeepCache package's pixels over REST") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sdxl"};
    const Server server(options);
    for (const auto &model : options.models) {
        const Golden golden = golden_for(model, "deep-cache");
        for (const auto &run : golden.index.at("runs")) {
            INFO(model << " " << run.at("name"));
            const auto job = server.generate(request_of(model, run));
            check_pixels(server.image(job), golden_pixels(golden, run));
            const auto &metadata = job.at("results").at(0).at("metadata");
            for (const auto &[field, value] : run.at("request").items()) {
                CAPTURE(field);
                CHECK(metadata.at(field) == value);
            }
        }
    }
}

TEST_CASE("with deep features kept, an image of a batch is the one made alone, and a refiner keeps its own") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sdxl", "tiny-sdxl-refiner"};
    const Server server(options);
    const json refined{{"model", "tiny-sdxl"}, {"refiner", "tiny-sdxl-refiner"}, {"refiner_start", 0.5}};
    for (const auto &fields : {json::object(), refined, json{{"sampler", "heun"}}}) {
        INFO(fields.dump());
        const json request = with(with(tiny_request(), fields), {{"steps", 8}, {"deep_cache_interval", 3}});
        const auto batch = server.generate(with(request, {{"batch_size", 2}}));
        const auto alone = server.generate(with(request, {{"seed", 43}}));
        CHECK(server.image(batch, 1) == server.image(alone));
        // The same at an interval of 1 is the picture without.
        const auto plain = server.generate(with(tiny_request(), with(fields, {{"steps", 8}})));
        const auto off = server.generate(with(request, {{"deep_cache_interval", 1}, {"deep_cache_branch", 4}}));
        CHECK(server.image(off) == server.image(plain));
        CHECK((pixels_of(server.image(batch)) != pixels_of(server.image(plain))));
    }
}

TEST_CASE("a branch that the model does not have fails the job, with those that it has") {
    const Server server;
    const auto job =
        server.wait(server.submit(with(tiny_request(), {{"deep_cache_interval", 2}, {"deep_cache_branch", 6}})));
    INFO(job.dump(1));
    CHECK(job.at("status") == "failed");
    const auto message = job.at("error").at("message").get<std::string>();
    CHECK(message.find("deep_cache_branch 6") != std::string::npos);
    CHECK(message.find("0 to 5") != std::string::npos);
    const auto reply = server.post("/api/v1/generate", with(tiny_request(), {{"deep_cache_interval", 0}}));
    CHECK(reply.status == 400);
    CHECK(reply.json().at("error").at("field") == "deep_cache_interval");
}

} // namespace deep_cache_test
