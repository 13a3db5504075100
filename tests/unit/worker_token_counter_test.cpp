// How a model's tokenizers divide a prompt, by the child process that the server asks.
#include "host/server/catalogue/token_counter.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>

namespace worker_token_counter_test {

using namespace able;
using nlohmann::json;

namespace {

const std::string golden = ABLE_SOURCE_DIR "/tests/golden/data/";

server::ModelEntry entry(const std::string &path, const std::string &kind) {
    server::ModelEntry model;
    model.id = "m";
    model.path = path;
    model.kind = kind;
    return model;
}

const std::vector<std::vector<prompt::Segment>> prompts{
    {{"a photo of ", 1, false}, {"an astronaut", 1.5, false}},
    {{"a", 1, false}, {"", 1, true}, {"b", 1, false}},
};

} // namespace

TEST_CASE("a model in one file has CLIP's vocabulary, and is not opened for it") {
    const auto encoders = server::count_tokens(ABLE_EXECUTABLE, entry("/nonexistent.safetensors", "file"), prompts);
    REQUIRE(encoders.size() == 1);
    CHECK(encoders[0].room == 75);
    REQUIRE(encoders[0].prompts.size() == 2);
    REQUIRE(encoders[0].prompts[0].size() == 1);
    // As the ids of OpenAI's clip/simple_tokenizer.py for "a photo of an astronaut".
    CHECK(encoders[0].prompts[0][0].ids == std::vector<std::uint32_t>{320, 1125, 539, 550, 18376});
    CHECK(encoders[0].prompts[0][0].weights == std::vector<double>{1, 1, 1, 1.5, 1.5});
    CHECK(encoders[0].prompts[1].size() == 2);
}

TEST_CASE("a model's folder has tokenizers of its own, one for each text encoder") {
    const auto one = server::count_tokens(ABLE_EXECUTABLE, entry(golden + "tiny-sd15", "folder"), prompts);
    REQUIRE(one.size() == 1);
    const json index = json::parse(std::ifstream(golden + "golden.json"));
    const auto two = server::count_tokens(ABLE_EXECUTABLE, entry(golden + "tiny-sdxl", "folder"), prompts);
    REQUIRE(two.size() == 2);
    CHECK(two[1].tokenizer == "tokenizer_2");
    for (const auto &known : index.at("tokens").at("cases")) {
        const auto text = known.at("text").get<std::string>();
        const auto ids = known.at("ids").get<std::vector<std::uint32_t>>();
        if (known.at("name") == "plain") { // between start and end
            const auto counted =
                server::count_tokens(ABLE_EXECUTABLE, entry(golden + "tiny-sd15", "folder"), {{{text, 1, false}}});
            CHECK(counted[0].prompts[0][0].ids == std::vector<std::uint32_t>(ids.begin() + 1, ids.end() - 1));
        }
    }
}

TEST_CASE("where tokens cannot be counted there is a reason") {
    CHECK_THROWS_WITH(server::count_tokens(ABLE_EXECUTABLE, entry("/nonexistent", "folder"), prompts),
                      Catch::Contains("/nonexistent"));
    CHECK_THROWS_WITH(server::count_tokens("/bin/false", entry("/nonexistent", "folder"), prompts),
                      Catch::Contains("the process that counts tokens"));
}

} // namespace worker_token_counter_test
