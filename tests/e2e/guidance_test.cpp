// Guidance beyond its scale, noise levels of the request's own, and varied noise, over REST.
#include "golden_pictures.h"
#include "server_process.h"

#include "host/images/png.h"

#include <catch2/catch.hpp>

#include <map>

namespace guidance_test {

using namespace able::e2e;
using nlohmann::json;

TEST_CASE("guidance, levels and varied noise over REST show the reference's pixels") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sd2"};
    const Server server(options);
    for (const auto &model : options.models) {
        const Golden golden = golden_for(model, "guidance");
        for (const auto &run : golden.index.at("runs")) {
            INFO(model << " " << run.at("name"));
            const json request = request_of(model, run);
            const auto job = server.generate(request);
            check_pixels(server.image(job), golden_pixels(golden, run));
            const auto &metadata = job.at("results").at(0).at("metadata");
            for (const auto &[field, value] : run.at("request").items()) {
                CAPTURE(field);
                CHECK((value.is_null() || metadata.at(field) == value));
            }
        }
    }
}

TEST_CASE("a Brownian path over levels rescaled to zero SNR is k-diffusion's") {
    Options options;
    options.models = {"tiny-sd2"};
    const Server server(options);
    const Golden golden = golden_for("tiny-sd2", "zero-snr");
    for (const auto &run : golden.index.at("runs")) {
        INFO(run.at("name"));
        check_pixels(server.image(server.generate(request_of("tiny-sd2", run))), golden_pixels(golden, run));
    }
}

TEST_CASE("image i of a batch has the variation seed's noise that counts up with it") {
    const Server server;
    auto request = tiny_request();
    request["sampler"] = "euler_a";
    request["subseed"] = 7;
    request["subseed_strength"] = 0.3;
    request["seed_resize_from_width"] = request["seed_resize_from_height"] = 128;
    request["eta_noise_seed_delta"] = 31337;
    request["batch_size"] = 2;
    const auto batch = server.generate(request);
    REQUIRE(batch.at("results").size() == 2);
    CHECK(batch.at("results").at(1).at("metadata").at("subseed") == 8);
    request["batch_size"] = 1;
    request["seed"] = 43;
    request["subseed"] = 8;
    CHECK(server.image(server.generate(request)) == server.image(batch, 1));
}

TEST_CASE("a variation of strength 1 is the picture of the variation seed") {
    const Server server;
    auto request = tiny_request();
    request["sampler"] = "euler"; // one that adds no noise of its own
    auto other = request;
    other["seed"] = 7;
    request["subseed"] = 7;
    request["subseed_strength"] = 1;
    CHECK((pixels_of(server.image(server.generate(request))) == pixels_of(server.image(server.generate(other)))));
}

TEST_CASE("Perp-Neg with nothing to keep away from is plain guidance from the empty prompt") {
    const Server server;
    const auto with = [&](const json &fields) {
        auto request = tiny_request();
        request.update(fields);
        return pixels_of(server.image(server.generate(request)));
    };
    const auto plain = with(json::object());
    CHECK((with({{"perp_neg_scale", 1}}) == plain));
    CHECK((with({{"perp_neg_scale", 0}, {"negative_prompt", "blurry"}}) == plain));
    const auto perpendicular = with({{"perp_neg_scale", 1}, {"negative_prompt", "blurry"}});
    CHECK((perpendicular != plain));
    CHECK((perpendicular != with({{"negative_prompt", "blurry"}})));
}

TEST_CASE("a stochastic sampler's image is the same alone and in a batch") {
    const Server server;
    std::size_t tried = 0;
    const auto offers = server.get("/api/v1/samplers").json().at("samplers");
    for (const auto &sampler : offers) {
        if (!sampler.at("stochastic").get<bool>()) {
            continue;
        }
        INFO(sampler.at("id"));
        auto request = tiny_request();
        request["sampler"] = sampler.at("id");
        const auto alone = server.image(server.generate(request));
        request["seed"] = request.at("seed").get<int>() - 1;
        request["batch_size"] = 2;
        CHECK(server.image(server.generate(request), 1) == alone);
        ++tried;
    }
    CHECK(tried > 10);
}

TEST_CASE("an image says how it was guided and what its noise was made of") {
    const Server server;
    auto request = tiny_request();
    request.erase("steps");
    request["sigmas"] = {14.0, 5.5, 1.25, 0};
    request["negative_prompt"] = "blurry";
    request["guidance_rescale"] = 0.7;
    request["guidance_end"] = 0.5;
    request["subseed"] = 7;
    request["subseed_strength"] = 0.25;
    const auto job = server.generate(request);
    CHECK(job.at("total_steps") == 3);
    std::map<std::string, std::string> texts;
    for (const auto &text : able::images::read_png_texts(bytes_of(server.image(job)))) {
        texts[text.key] = text.text;
    }
    for (const char *part : {"Steps: 3,", "Variation seed: 7,", "Variation seed strength: 0.25,", "CFG Rescale: 0.7,",
                             "Guidance end: 0.5,", "Sigmas: \"14, 5.5, 1.25, 0\","}) {
        CAPTURE(part, texts.at("parameters"));
        CHECK(texts.at("parameters").find(part) != std::string::npos);
    }
    CHECK(texts.at("parameters").find("Schedule type") == std::string::npos);
    const auto own = json::parse(texts.at("ablerefusal"));
    CHECK(own.at("sigmas") == request.at("sigmas"));
    CHECK(own == job.at("results").at(0).at("metadata"));
    const auto document = server.get("/api/v1/openapi.json").json();
    CHECK(document.at("components").at("schemas").at("GenerateRequest").at("properties").contains("guidance_rescale"));
}

TEST_CASE("levels beside steps or a schedule are refused over REST") {
    const Server server;
    auto request = tiny_request(); // has steps
    request["sigmas"] = {14.0, 0};
    const auto reply = server.post("/api/v1/generate", request);
    CHECK(reply.status == 400);
    CHECK(reply.json().at("error").at("field") == "steps");
}

} // namespace guidance_test
