// How a model's tokenizers divide a prompt, by the child process that the server asks.
#include "host/plugins/describe/registry.h"
#include "host/plugins/describe/scanner.h"
#include "host/server/catalogue/token_counter.h"
#include "host/worker/models/plugin_set.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace catalogue_token_counter_test {

using namespace able;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string golden = ABLE_SOURCE_DIR "/tests/golden/data/";

server::ModelEntry entry(const std::string &path, const std::string &pipeline = "sd15") {
    server::ModelEntry model;
    model.id = "m";
    model.path = path;
    model.pipeline = pipeline;
    return model;
}

// The bundled plugins, as the server tells a child of them.
const json &bundled() {
    static const json plugins = [] {
        const fs::path cache = fs::temp_directory_path() / ("able-tokens-" + std::to_string(getpid()));
        plugins::DiscoveryOptions options;
        options.folders = {ABLE_PLUGIN_DIR};
        options.executable = ABLE_EXECUTABLE;
        options.cache_dir = cache;
        options.poll_interval = std::chrono::milliseconds(0);
        return plugins::plugins_to_json(plugins::Registry(plugins::Scanner(options).scan()));
    }();
    return plugins;
}

std::vector<server::EncoderTokens> count(const server::ModelEntry &model,
                                         const std::vector<std::vector<prompt::Segment>> &texts,
                                         const std::vector<server::WordTokens> &words = {}) {
    return server::count_tokens(ABLE_EXECUTABLE, bundled(), model, texts, words);
}

const std::vector<std::vector<prompt::Segment>> prompts{
    {{"a photo of ", 1, false}, {"an astronaut", 1.5, false}},
    {{"a", 1, false}, {"", 1, true}, {"b", 1, false}},
};

} // namespace

TEST_CASE("a model's folder has tokenizers of its own, one for each text encoder") {
    const auto one = count(entry(golden + "tiny-sd15"), prompts);
    REQUIRE(one.size() == 1);
    REQUIRE(one[0].prompts.size() == 2);
    REQUIRE(one[0].prompts[0].size() == 1);
    CHECK(one[0].room == 75);
    CHECK(one[0].prompts[0][0].weights.back() == 1.5);
    CHECK(one[0].prompts[1].size() == 2); // a break
    const json index = json::parse(std::ifstream(golden + "golden.json"));
    const auto two = count(entry(golden + "tiny-sdxl", "sdxl"), prompts);
    REQUIRE(two.size() == 2);
    CHECK(two[1].tokenizer == "tokenizer_2");
    for (const auto &known : index.at("tokens").at("cases")) {
        const auto text = known.at("text").get<std::string>();
        const auto ids = known.at("ids").get<std::vector<std::uint32_t>>();
        if (known.at("name") == "plain") { // between start and end
            const auto counted = count(entry(golden + "tiny-sd15"), {{{text, 1, false}}});
            CHECK(counted[0].prompts[0][0].ids == std::vector<std::uint32_t>(ids.begin() + 1, ids.end() - 1));
        }
    }
}

TEST_CASE("new words are found where the model's tokenizer has them, and take their tokens") {
    const auto counted = count(entry(golden + "tiny-sd15"), {{{"a Cat-Toy and <mine>", 1, false}}},
                               {{{"cat-toy"}, 2}, {{"other"}, 1}, {{"<mine>"}, 3}});
    const auto &words = counted[0].prompts[0][0].words;
    CHECK(std::count(words.begin(), words.end(), 1U) == 2);
    CHECK(std::count(words.begin(), words.end(), 2U) == 0);
    CHECK(std::count(words.begin(), words.end(), 3U) == 3);
}

TEST_CASE("where tokens cannot be counted there is a reason") {
    CHECK_THROWS_WITH(count(entry("/nonexistent"), prompts), Catch::Contains("/nonexistent"));
    CHECK_THROWS_WITH(count(entry(golden + "tiny-sd15", "gone"), prompts), Catch::Contains("no pipeline 'gone'"));
    CHECK_THROWS_WITH(server::count_tokens("/bin/false", bundled(), entry("/nonexistent"), prompts),
                      Catch::Contains("the process that counts tokens"));
}

} // namespace catalogue_token_counter_test
