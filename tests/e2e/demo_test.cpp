// What the demo model draws through the server, read from the pixels.
#include "server_process.h"

#include "scorer.h"
#include "tally.h"

#include "host/images/decode.h"
#include "host/images/png.h"
#include "host/jobs/base64.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>

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

// A rendered scene whose prompt is `prompt`, from the scorer's truth, as base64.
std::string truth_image(const std::string &prompt) {
    const json truths = read_json("tests/shapes/data/truth.json");
    const auto found =
        std::find_if(truths.begin(), truths.end(), [&](const json &truth) { return truth.at("prompt") == prompt; });
    REQUIRE(found != truths.end());
    const auto index = static_cast<std::uint32_t>(found - truths.begin());
    const std::string file = read_file(std::filesystem::path(ABLE_SOURCE_DIR) / "tests/shapes/data/truth.png");
    const auto sheet = images::decode(std::as_bytes(std::span(file)));
    constexpr std::uint32_t side = 128;
    const std::uint32_t columns = sheet.width / side;
    images::Image tile{side, side, {}};
    for (std::uint32_t y = 0; y < side; ++y) {
        const auto row = (index / columns * side + y) * sheet.width + index % columns * side;
        const auto start = sheet.rgb.begin() + std::ptrdiff_t{3} * row;
        tile.rgb.insert(tile.rgb.end(), start, start + std::ptrdiff_t{3} * side);
    }
    const auto png = images::encode_png(tile);
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
