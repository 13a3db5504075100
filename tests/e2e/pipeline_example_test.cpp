// A model of a stranger's: the example pipeline in C, which is no U-Net and knows no CLIP, with all that the host does
// for Stable Diffusion.
#include "server_process.h"

#include "host/base/base64.h"
#include "host/base/subprocess.h"
#include "host/images/decode.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cmath>

namespace pipeline_example_test {

using namespace able::e2e;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

void add_model(const Server &server, const std::string &name) {
    const fs::path script = fs::path(ABLE_SOURCE_DIR) / "sdk/examples/pipeline-c/make_model.py";
    const auto made = able::base::run_child(
        {"/usr/bin/env", "python3", script.string(), (server.folder() / "models" / name).string()}, {},
        std::chrono::minutes(2));
    INFO(made.out << made.error);
    REQUIRE(able::base::describe_exit(made.status) == "exited with status 0");
}

void add_pipeline(const Server &server) {
    fs::copy_file(fs::path(ABLE_BUILD_DIR) / "tests/examples/example_patchwork.so",
                  server.plugin_folder() / "patchwork.so");
    add_model(server, "patchwork");
    REQUIRE(server.post("/api/v1/models/refresh").status == 200);
}

json patchwork_request(const json &change = json::object()) {
    json request{{"prompt", "sky over sand"}, {"model", "patchwork"}, {"width", 144}, {"height", 96}, {"seed", 1}};
    request.update(change);
    return request;
}

json model_called(const Server &server, const std::string &id) {
    const json models = server.get("/api/v1/models").json().at("models");
    for (const json &model : models) {
        if (model.at("id") == id) {
            return model;
        }
    }
    return nullptr;
}

// The refusal of a request: its field, and its message.
std::pair<std::string, std::string> refusal(const Server &server, const json &request) {
    const auto reply = server.post("/api/v1/generate", request);
    INFO(request.dump() << "\n" << reply.body);
    REQUIRE(reply.status == 400);
    const json error = reply.json().at("error");
    return {error.value("field", ""), error.at("message").get<std::string>()};
}

able::images::Image picture_of(const Server &server, const json &job) {
    const std::string png = server.image(job);
    return able::images::decode(std::as_bytes(std::span(png)));
}

std::string as_base64(const std::string &png) {
    return able::base::encode_base64({reinterpret_cast<const std::uint8_t *>(png.data()), png.size()});
}

std::array<double, 3> mean_colour(const able::images::Image &image) {
    std::array<double, 3> sums{};
    for (std::size_t i = 0; i < image.rgb.size(); ++i) {
        sums.at(i % 3) += image.rgb[i];
    }
    for (double &sum : sums) {
        sum /= 255.0 * image.width * image.height;
    }
    return sums;
}

} // namespace

TEST_CASE("a stranger's model is listed with what it says of itself, before it is loaded") {
    const Server server;
    add_pipeline(server);
    const json model = model_called(server, "patchwork");
    INFO(model.dump(1));
    REQUIRE(model.is_object());
    CHECK(model.at("ready") == true);
    CHECK(model.at("family") == "patchwork");
    CHECK(model.at("pipeline") == "patchwork");
    CHECK(model.at("default_width") == 576);
    CHECK(model.at("default_height") == 384);
    const json &traits = model.at("traits");
    CHECK(traits.at("family_name") == "Patchwork");
    CHECK(traits.at("size_multiple") == 48);
    CHECK(traits.at("sampler") == "euler");
    CHECK(traits.at("steps") == 12);
    CHECK(traits.at("cfg_scale") == 1.5);
    CHECK(traits.at("prompt").at("weights") == false);
    CHECK(traits.at("prompt").at("negative_prompt") == true);
    CHECK(traits.at("prompt").at("most_tokens") == 256);

    const json pipelines = server.get("/api/v1/pipelines").json().at("pipelines");
    const auto listed = std::find_if(pipelines.begin(), pipelines.end(),
                                     [](const json &entry) { return entry.at("id") == "patchwork"; });
    REQUIRE(listed != pipelines.end());
    CHECK(listed->at("plugin") == "org.example.patchwork");
    CHECK(listed->at("parameters").dump().find("\"scatter\"") != std::string::npos);
    CHECK(listed->at("parameters").dump().find("\"warm\"") != std::string::npos);

    fs::remove_all(server.folder() / "models/patchwork/vae");
    REQUIRE(server.post("/api/v1/models/refresh").status == 200);
    const json half = model_called(server, "patchwork");
    INFO(half.dump(1));
    CHECK(half.at("ready") == true);
    CHECK(half.at("needs") == json{"vae"});
    const auto reply = server.post("/api/v1/generate", {{"prompt", "a fox"}, {"model", "patchwork"}});
    CHECK(reply.status == 400);
    CHECK(reply.json().at("error").at("field") == "vae");
}

TEST_CASE("a stranger's tokenizer counts the prompts of its model") {
    const Server server;
    add_pipeline(server);
    const auto count = [&](const std::string &prompt) {
        const json report = server.post("/api/v1/prompt/parse", {{"prompt", prompt}, {"model", "patchwork"}}).json();
        INFO(report.dump(1));
        CHECK(report.at("errors") == json::array());
        CHECK(report.at("model") == "patchwork");
        CHECK(report.at("chunk_size") == 256);
        CHECK(report.at("chunk_count") == 1);
        CHECK(report.at("parts").at(0).at("schedule").at(0).at("encoders").at(0).at("tokenizer") == "tokenizer");
        return report.at("token_count").get<int>();
    };
    CHECK(count("a red fox") == 3);
    CHECK(count("A red, FOX!") == 3);
    CHECK(count("zebra") == 6); // a space and five letters
    CHECK(count(std::string(300, 'z')) == 301);
    CHECK(server.post("/api/v1/prompt/parse", {{"prompt", "a red fox"}, {"model", "tiny-sd15"}})
              .json()
              .at("chunk_size") == 75);
}

TEST_CASE("what a stranger's model cannot do is refused when it is asked for") {
    const Server server;
    add_pipeline(server);
    const auto refused = [&](const json &change, const std::string &field, const std::string &part) {
        const auto [name, message] = refusal(server, patchwork_request(change));
        CAPTURE(name, message);
        CHECK(name == field);
        CHECK(message.find(part) != std::string::npos);
    };
    refused({{"width", 104}}, "width", "48");
    refused({{"height", 64}}, "height", "48");
    refused({{"height", 1584}}, "height", "1536");
    refused({{"pipeline_params", {{"scatter", 3}}}}, "pipeline_params.scatter", "2");
    refused({{"pipeline_params", {{"mood", "sour"}}}}, "pipeline_params.mood", "warm");
    refused({{"pipeline_params", {{"scater", 1}}}}, "pipeline_params.scater", "scater");
    refused({{"prompt", "a (red:1.2) fox"}}, "prompt", "weights");
    refused({{"prompt", "a fox BREAK sand"}}, "prompt", "BREAK");
    refused({{"negative_prompt", "(sand:1.2)"}}, "negative_prompt", "weights");
    refused({{"clip_skip", 2}}, "clip_skip", "clip_skip");
    // Of SD 1.5, which has no parameters.
    json other = tiny_request();
    other["pipeline_params"] = {{"scatter", 1}};
    CHECK(refusal(server, other).first == "pipeline_params.scatter");
    // How long a prompt is, only a tokenizer can say.
    const auto failed = server.wait(server.submit(patchwork_request({{"prompt", std::string(256, 'z')}})));
    CHECK(failed.at("status") == "failed");
    CHECK(failed.at("error").at("message").get<std::string>().find("257 tokens") != std::string::npos);
}

TEST_CASE("a stranger's model fills in what a request leaves out, and its parameters reach the picture") {
    const Server server;
    add_pipeline(server);
    const json plain = server.generate({{"prompt", "sky over sand"}, {"model", "patchwork"}, {"seed", 1}});
    const json record = plain.at("results").at(0).at("metadata");
    INFO(record.dump(1));
    CHECK(record.at("width") == 576);
    CHECK(record.at("height") == 384);
    CHECK(record.at("sampler").at("id") == "euler");
    CHECK(record.at("schedule").at("id") == "simple");
    CHECK(record.at("steps") == 12);
    CHECK(record.at("cfg_scale") == 1.5);
    CHECK(record.at("model").at("family") == "patchwork");
    CHECK(record.at("pipeline").at("plugin") == "org.example.patchwork");

    const auto first = server.image(server.generate(patchwork_request()));
    CHECK(server.image(server.generate(patchwork_request())) == first);
    CHECK(server.image(server.generate(patchwork_request({{"seed", 2}}))) != first);
    CHECK(server.image(server.generate(patchwork_request({{"prompt", "sky over sea"}}))) != first);
    CHECK(server.image(server.generate(patchwork_request({{"negative_prompt", "sea"}}))) != first);
    CHECK(server.image(server.generate(patchwork_request({{"pipeline_params", {{"scatter", 2}}}}))) != first);

    const json dark = server.generate(patchwork_request({{"pipeline_params", {{"mood", "dark"}}}}));
    CHECK(dark.at("results").at(0).at("metadata").at("pipeline_params") == json{{"mood", "dark"}});
    const auto bright = mean_colour(picture_of(server, server.generate(patchwork_request())));
    CHECK(mean_colour(picture_of(server, dark)).at(0) < bright.at(0) - 0.2);

    // A worker that has drawn with one family draws with the other.
    CHECK(server.image(server.generate(tiny_request())).size() > 100);
    CHECK(server.image(server.generate(patchwork_request())) == first);
}

TEST_CASE("a stranger's flow model draws with every sampler and every schedule") {
    const Server server;
    add_pipeline(server);
    // Of one word there is one picture, the word's colour, but for the noise that a sampler leaves in so few steps. One
    // that took a flow for another kind of model would be nowhere near. With the same word for a negative prompt
    // guidance has no say, CFG++'s neither.
    const json request = patchwork_request({{"prompt", "sky"}, {"negative_prompt", "sky"}, {"steps", 20}});
    const std::array<double, 3> sky{0.45, 0.70, 0.95};
    for (const char *kind : {"sampler", "schedule"}) {
        const std::string list = std::string(kind) + "s";
        const json offers = server.get("/api/v1/" + list).json().at(list);
        REQUIRE(offers.size() > 10);
        for (const json &offered : offers) {
            json wanted = request;
            wanted[kind] = offered.at("id");
            INFO(kind << " " << offered.at("id"));
            const auto job = server.wait(server.submit(wanted));
            INFO(job.dump(1));
            REQUIRE(job.at("status") == "completed");
            const auto image = picture_of(server, job);
            CHECK(image.width == 144);
            CHECK(image.height == 96);
            const auto colour = mean_colour(image);
            for (std::size_t i = 0; i < 3; ++i) {
                CAPTURE(i, colour.at(i));
                CHECK(std::abs(colour.at(i) - sky.at(i)) < 0.08);
            }
        }
    }
}

TEST_CASE("a stranger's model makes batches, starts from a picture and shows previews") {
    const Server server;
    add_pipeline(server);
    const auto batch = server.generate(patchwork_request({{"batch_size", 3}}));
    REQUIRE(batch.at("results").size() == 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(server.image(server.generate(patchwork_request({{"seed", 1 + i}}))) == server.image(batch, i));
    }

    // A little noise, taken away under another prompt: each patch stays what it was.
    const std::string png = server.image(batch);
    const auto before = picture_of(server, batch);
    const json started = server.generate(patchwork_request({{"init_image", as_base64(png)}, {"strength", 0.1}}));
    const auto after = picture_of(server, started);
    REQUIRE(after.rgb.size() == before.rgb.size());
    double difference = 0;
    for (std::size_t i = 0; i < before.rgb.size(); ++i) {
        difference += std::abs(before.rgb[i] - after.rgb[i]) / (255.0 * static_cast<double>(before.rgb.size()));
    }
    CHECK(difference < 0.1);

    const std::string id = server.submit(patchwork_request({{"preview", 1}}));
    const auto events = server.get("/api/v1/generate/" + id + "/events").body; // up to the one that ends the job
    CHECK(events.find("event: completed") != std::string::npos);
    CHECK(events.find("base64") != std::string::npos);
}

} // namespace pipeline_example_test
