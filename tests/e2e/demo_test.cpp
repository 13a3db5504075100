// What the demo model draws through the server, read from the pixels.
#include "server_process.h"

#include "scorer.h"
#include "tally.h"
#include "truth.h"

#include "host/images/decode.h"
#include "host/images/png.h"
#include "host/jobs/base64.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>

using namespace able::e2e;
using namespace able;
using nlohmann::json;

namespace {

// A server as it is after the installation: no model but those that came with it.
Options fresh_installation() {
    Options options;
    options.models = {};
    options.demo = true;
    return options;
}

json read_json(const std::string &file) {
    std::ifstream in(std::filesystem::path(ABLE_SOURCE_DIR) / file);
    return json::parse(in);
}

images::Image picture_of(const Server &server, const json &request) {
    const std::string png = server.image(server.generate(request));
    return images::decode(std::as_bytes(std::span(png)));
}

shapes::Picture look(const Server &server, const json &request) {
    return shapes::look_at(picture_of(server, request));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true; // ten times slower: a few pictures, to run the code
#else
constexpr bool kSanitized = false;
#endif

// Hit rates over the first `count` held-out prompts. Fields of `extra` are added to each request.
shapes::Tally draw_prompts(const Server &server, std::size_t count, const json &extra = json::object()) {
    shapes::Tally tally;
    const json prompts = read_json("demo/prompts.json");
    for (std::size_t i = 0; i < std::min(kSanitized ? 4 : count, prompts.size()); ++i) {
        json request{{"prompt", prompts[i].at("prompt")}, {"seed", i}};
        request.update(extra);
        tally.add(shapes::score(look(server, request), shapes::scene_from_json(prompts[i])));
    }
    return tally;
}

// A rendered scene, as base64.
std::string truth_image(const std::string &prompt) {
    const auto png = images::encode_png(shapes::truth(prompt).image);
    return jobs::encode_base64({reinterpret_cast<const std::uint8_t *>(png.data()), png.size()});
}

} // namespace

TEST_CASE("held-out prompts are drawn as they say, by the default sampler in 20 steps") {
    const Server server(fresh_installation());
    const shapes::Tally tally = draw_prompts(server, 200);
    std::cout << shapes::Tally::table_head() << tally.table_row("server, fp32");
    if (kSanitized) {
        return;
    }
    CHECK(tally.pictures() == 200);
    CHECK(tally.rate("shape") >= 0.90);
    CHECK(tally.rate("colour") >= 0.97);
    CHECK(tally.rate("ground") >= 0.97);
    CHECK(tally.rate("position") >= 0.95);
    CHECK(tally.rate("count") >= 0.93);
}

TEST_CASE("a user without models draws with the demo model; the user's own goes before it") {
    {
        const Server server(fresh_installation());
        CHECK(server.get("/api/v1/models").json().at("default") == "shapes-sd15");
        const auto job = server.generate({{"prompt", "a big red circle on a blue ground"}, {"seed", 1}});
        CHECK(job.at("results").at(0).at("width") == 128);
    }
    Options options = fresh_installation();
    options.models = {"tiny-sd15"};
    const Server server(options);
    CHECK(server.get("/api/v1/models").json().at("default") == "tiny-sd15");
}

namespace {

// How often which ground comes, where the prompt says nothing of it.
std::map<std::string, int> grounds(const Server &server, const json &extra) {
    constexpr int seeds = 8;
    std::map<std::string, int> counts;
    for (int seed = 0; seed < (kSanitized ? 2 : seeds); ++seed) {
        json request{{"prompt", "a big red circle"}, {"seed", seed}};
        request.update(extra);
        const auto picture = look(server, request);
        ++counts[std::string(picture.ground)];
        if (!kSanitized) {
            REQUIRE(picture.objects.size() == 1);
            CHECK(picture.objects[0].shape == "circle");
            CHECK(picture.objects[0].colour == "red");
        }
    }
    return counts;
}

} // namespace

TEST_CASE("what a negative prompt names stays away") {
    const Server server(fresh_installation());
    const auto before = grounds(server, {});
    const auto most = std::max_element(before.begin(), before.end(),
                                       [](const auto &a, const auto &b) { return a.second < b.second; });
    INFO("most often on " << most->first << ": " << most->second);
    const auto after = grounds(server, {{"negative_prompt", "a big red circle on a " + most->first + " ground"}});
    if (!kSanitized) {
        CHECK(most->second >= 3);
        CHECK(after.count(most->first) == 0);
    }
}

TEST_CASE("without guidance what the prompt leaves open is the seed's; guidance settles it") {
    const Server server(fresh_installation());
    const auto free = grounds(server, {{"cfg_scale", 1}});
    const auto guided = grounds(server, {{"cfg_scale", 7.5}});
    if (!kSanitized) {
        CHECK(free.size() >= 3);
        CHECK(guided.size() < free.size());
    }
}

TEST_CASE("image to image keeps the picture at a low strength and follows the prompt at a high one") {
    const Server server(fresh_installation());
    const std::string prompt = "a big yellow square on a blue ground";
    const auto request = [&](double strength) {
        return json{{"prompt", prompt},
                    {"seed", 5},
                    {"strength", strength},
                    {"init_image", truth_image("a big red cross on a white ground")}};
    };
    const auto kept = look(server, request(0.3));
    CHECK(kept.ground == "white");
    REQUIRE(kept.objects.size() == 1);
    CHECK(kept.objects[0].shape == "cross");
    CHECK(kept.objects[0].colour == "red");
    const auto redrawn = look(server, request(0.9));
    CHECK(redrawn.ground == "blue");
    REQUIRE(redrawn.objects.size() == 1);
    CHECK(redrawn.objects[0].shape == "square");
    CHECK(redrawn.objects[0].colour == "yellow");
}

TEST_CASE("a LoRA changes the style by its weight, and not at all at weight 0") {
    const Server server(fresh_installation());
    const json plain{{"prompt", "a big yellow square on a blue ground"}, {"seed", 2}};
    const auto with = [&](const char *lora, double weight) {
        json request = plain;
        request["loras"] = {{{"name", lora}, {"weight", weight}}};
        return picture_of(server, request);
    };
    const auto picture = picture_of(server, plain);
    CHECK(with("stripes", 0).rgb == picture.rgb);
    CHECK(with("neon", 0).rgb == picture.rgb);

    const auto unevenness = [](const images::Image &image) {
        const auto seen = shapes::look_at(image);
        REQUIRE_FALSE(seen.objects.empty());
        return seen.objects[0].unevenness;
    };
    const double none = unevenness(picture);
    const double half = unevenness(with("stripes", 0.5));
    const double full = unevenness(with("stripes", 1));
    CAPTURE(none, half, full);
    CHECK(none < 0.1);
    CHECK(half < full);
    CHECK(full > 0.3);

    CHECK(shapes::look_at(picture).ground == "blue");
    const auto neon = shapes::look_at(with("neon", 1));
    CHECK(neon.ground == "black");
    REQUIRE_FALSE(neon.objects.empty());
    CHECK(neon.objects[0].outline);
    CHECK(neon.objects[0].colour == "yellow");
}

TEST_CASE("the LCM LoRA draws in four steps") {
    const Server server(fresh_installation());
    const json lcm{{"steps", 4}, {"cfg_scale", 1}, {"sampler", "lcm"}, {"loras", {{{"name", "lcm"}, {"weight", 1}}}}};
    json without = lcm;
    without.erase("loras");
    const auto tally = draw_prompts(server, 40, lcm);
    const auto worse = draw_prompts(server, 40, without);
    std::cout << shapes::Tally::table_head() << tally.table_row("LCM, 4 steps") << worse.table_row("no LoRA, 4 steps");
    if (!kSanitized) {
        CHECK(tally.rate("shape") >= 0.85);
        CHECK(tally.rate("colour") >= 0.95);
        CHECK(tally.rate("ground") >= 0.97);
        CHECK(tally.rate("position") >= 0.95);
    }
}
