// The prompt language, from the request to the pixels.
#include "golden_pictures.h"
#include "server_process.h"

#include <catch2/catch.hpp>

#include <fstream>

namespace prompt_test {

using namespace able::e2e;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// The pictures alone: their texts say the prompt.
std::vector<std::uint8_t> pixels_of(const Server &server, const json &change) {
    json request = tiny_request();
    request.update(change);
    return able::e2e::pixels_of(server.image(server.generate(request)));
}

std::vector<std::uint8_t> pixels(const Server &server, const std::string &prompt) {
    return pixels_of(server, {{"prompt", prompt}});
}

} // namespace

TEST_CASE("what a prompt says in its language shows in the picture, and what says nothing does not") {
    const Server server;
    const auto fox = pixels(server, "a red fox");
    CHECK(pixels(server, "(a red fox:1.0)") == fox);
    CHECK(pixels(server, "[a red fox:a red fox:0.5]") == fox);
    CHECK(pixels(server, "a red fox[:0.5]") == fox);
    CHECK(pixels_of(server, json{{"prompt", "a red fox"}, {"prompt_syntax", "plain"}}) == fox);
    CHECK(pixels_of(server, json{{"prompt", "a red fox"}, {"prompt_weighting", "comfy"}}) == fox);

    const auto weighed = pixels(server, "a (red:1.8) fox");
    CHECK(weighed != fox);
    CHECK(pixels_of(server, json{{"prompt", "a (red:1.8) fox"}, {"prompt_weighting", "comfy"}}) != weighed);
    CHECK(pixels_of(server, json{{"prompt", "a (red:1.8) fox"}, {"prompt_syntax", "plain"}}) != weighed);
    for (const char *prompt : {"a red fox BREAK", "[a red fox:snow:1]", "[a red fox|snow]", "a red fox AND snow :0.5",
                               "a red fox :0.5 AND snow"}) {
        INFO(prompt);
        const auto changed = pixels(server, prompt);
        CHECK((changed != fox) == (std::string(prompt) != "a red fox BREAK")); // nothing follows the break
    }
    std::string far = "a red fox";
    for (int i = 0; i < 100; ++i) {
        far += " in";
    }
    CHECK(pixels(server, far) != pixels(server, far + " snow")); // beyond what one chunk holds
}

TEST_CASE("a LoRA in the prompt is one in the request") {
    const Server server;
    const json field{{"loras", {{{"name", "kohya"}, {"weight", 0.5}}}}};
    json request = field;
    request["prompt"] = "a red fox";
    const auto wanted = pixels_of(server, request);
    CHECK(pixels(server, "<lora:kohya:0.5>a red fox") == wanted);
    CHECK(pixels(server, "a red fox") != wanted);
    CHECK(pixels(server, "a red fox<lora:kohya:0>") == pixels(server, "a red fox"));
    // By block: all alike is the whole, none is nothing, and BASE alone is the text encoder.
    std::string ones = "1";
    std::string zeros;
    for (int i = 1; i < 26; ++i) {
        ones += ",1";
        zeros += ",0";
    }
    CHECK(pixels(server, "a red fox<lora:kohya:0.5:lbw=" + ones + ">") == wanted);
    CHECK(pixels(server, "a red fox<lora:kohya:0.5:lbw=0" + zeros + ">") == pixels(server, "a red fox"));
    CHECK(pixels(server, "a red fox<lora:kohya:0.5:lbw=1" + zeros + ">") ==
          pixels(server, "a red fox<lora:kohya:0.5:0>"));
    json by_block = field;
    by_block["loras"][0]["block_weights"] = json::parse("[1" + zeros + "]");
    by_block["prompt"] = "a red fox";
    CHECK(pixels_of(server, by_block) == pixels(server, "a red fox<lora:kohya:0.5:0>"));
}

TEST_CASE("wildcards are drawn for each image from its seed, and the image says both") {
    const Server server;
    const fs::path folder = server.folder() / "models/wildcards";
    fs::create_directories(folder);
    std::ofstream(folder / "animal.txt") << "fox\nowl <lora:kohya:0.5>\nbear\n";
    json request = tiny_request();
    request["prompt"] = "a __animal__ {by day|at night}";
    request["batch_size"] = 4;
    request["steps"] = 1;
    const auto batch = server.generate(request);
    request["batch_size"] = 1;
    for (std::size_t i = 0; i < 4; ++i) {
        const json &metadata = batch.at("results").at(i).at("metadata");
        CHECK(metadata.at("prompt_template") == "a __animal__ {by day|at night}");
        const auto drawn = metadata.at("prompt").get<std::string>();
        CHECK(drawn.find("__") == std::string::npos);
        CHECK(metadata.at("loras").size() == (drawn.find("owl") == std::string::npos ? 0 : 1));
        request["seed"] = 42 + i;
        CHECK(server.image(server.generate(request)) == server.image(batch, i));
    }
    const auto refused = server.post("/api/v1/generate", {{"prompt", "__anmal__"}});
    CHECK(refused.status == 400);
    CHECK(refused.json().at("error").at("allowed") == json{"animal"});
}

TEST_CASE("a prompt is taken apart with the tokens of the model it is for") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sdxl"};
    const Server server(options);
    const auto reply =
        server.post("/api/v1/prompt/parse", {{"prompt", "a (fox:1.2) <lora:kohya-sdxl:0.5>"}, {"model", "tiny-sdxl"}});
    REQUIRE(reply.status == 200);
    const json report = reply.json();
    INFO(report.dump(1));
    CHECK(report.at("errors") == json::array());
    CHECK(report.at("model") == "tiny-sdxl");
    CHECK(report.at("loras").at(0).at("id") == "kohya-sdxl");
    const json &encoders = report.at("parts").at(0).at("schedule").at(0).at("encoders");
    REQUIRE(encoders.size() == 2);
    CHECK(encoders.at(0).at("chunks").at(0).at("weights").back() == 1.2);
    const auto wrong = server.post("/api/v1/prompt/parse", {{"prompt", "<lora:nothing>"}, {"model", "tiny-sd15"}});
    REQUIRE(wrong.status == 200);
    CHECK(wrong.json().at("errors").at(0).at("code") == "unknown_lora");
    CHECK(server.post("/api/v1/prompt/parse", {{"promt", "a"}}).status == 400);
}

} // namespace prompt_test
