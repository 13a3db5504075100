// Weights of a LoRA by block: which block each of a model's weights is in, and what a shorter list leaves out.
#include "fake_source.hpp"
#include "ldm_reference.hpp"

#include "host/prompt/lora_blocks.h"
#include "host/prompt/tags.h"
#include "host/worker/prompts/block_weights.h"

#include <catch2/catch.hpp>

#include <numeric>
#include <regex>

namespace prompt_lora_blocks_test {

using namespace able;
using namespace able::tests;

namespace {

// The numbers 1, 2, … as weights.
std::vector<double> counted(std::size_t count) {
    std::vector<double> weights(count);
    std::iota(weights.begin(), weights.end(), 1);
    return weights;
}

std::string name_of_block(std::size_t block) {
    const auto numbered = [](const std::string &way, std::size_t number) {
        return way + (number < 10 ? "0" : "") + std::to_string(number);
    };
    if (block == 0) {
        return "BASE";
    }
    if (block < prompt::middle_block) {
        return numbered("IN", block - prompt::first_input_block);
    }
    return block == prompt::middle_block ? "M00" : numbered("OUT", block - prompt::first_output_block);
}

// "model.diffusion_model.input_blocks.4.1.proj_in.weight" is in IN04.
std::string block_in_file(const std::string &name) {
    static const std::regex numbered(R"(.*\.(input|output)_blocks\.(\d+)\..*)");
    std::smatch match;
    if (std::regex_match(name, match, numbered)) {
        const std::string number = match[2];
        return (match[1] == "input" ? "IN" : "OUT") + std::string(number.size() < 2 ? "0" : "") + number;
    }
    return name.find(".middle_block.") != std::string::npos ? "M00" : "BASE";
}

} // namespace

TEST_CASE("every weight is in the block that the first release's code numbers so", "[lora]") {
    for (const std::string family : {"sd1", "sd2", "sdxl", "refiner"}) {
        std::vector<std::pair<std::string, std::vector<int64_t>>> weights;
        std::vector<std::string> expected;
        for (const ReferenceRow &row : read_reference()) {
            const bool adaptable = row.name.rfind("unet.", 0) == 0 || row.name.rfind("text_encoder", 0) == 0;
            if (row.family == family && row.how != "-" && adaptable) {
                weights.emplace_back(row.name, row.shape);
                expected.push_back(block_in_file(row.file_name));
            }
        }
        REQUIRE(weights.size() > 500);
        const FakeTargets targets(family, weights);
        const worker::BlockNumbers numbers(*targets.get());
        for (std::size_t i = 0; i < weights.size(); ++i) {
            INFO(family << " " << weights[i].first);
            CHECK(name_of_block(numbers.of(weights[i].first)) == expected[i]);
        }
    }
}

TEST_CASE("the names of no weight are in no block", "[lora][faults]") {
    const FakeTargets targets("sd1", {{"unet.down_blocks.0.resnets.0.conv1.weight", {1}}});
    const worker::BlockNumbers numbers(*targets.get());
    for (const char *name : {"", "unet", "unet.", "unet.down_blocks", "unet.down_blocks.x.resnets.0.conv1.weight",
                             "unet.down_blocks.0.resnets", "unet.down_blocks.99999999999999999999.resnets.0.a",
                             "unet.down_blocks.5.resnets.0.a", "unet.down_blocks.0.resnets.900.a", "vae.conv_in"}) {
        INFO(name);
        CHECK(numbers.of(name) == 0);
    }
}

// The lists are those of sd-webui-lora-block-weight's scripts/lora_block_weight.py (BLOCKID12 to BLOCKID26, to26).
TEST_CASE("a list's length says which blocks it has, and the others have 0", "[lora]") {
    const auto [count, blocks] = GENERATE(table<std::size_t, std::string>({
        {12, "BASE IN04 IN05 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05"},
        {17, "BASE IN01 IN02 IN04 IN05 IN07 IN08 M00 OUT03 OUT04 OUT05 OUT06 OUT07 OUT08 OUT09 OUT10 OUT11"},
        {20, "BASE IN00 IN01 IN02 IN03 IN04 IN05 IN06 IN07 IN08 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05 OUT06 OUT07 "
             "OUT08"},
        {26, "BASE IN00 IN01 IN02 IN03 IN04 IN05 IN06 IN07 IN08 IN09 IN10 IN11 M00 OUT00 OUT01 OUT02 OUT03 OUT04 OUT05 "
             "OUT06 OUT07 OUT08 OUT09 OUT10 OUT11"},
    }));
    const auto all = prompt::all_lora_blocks(counted(count));
    REQUIRE(all);
    std::string found;
    double next = 1;
    for (std::size_t i = 0; i < all->size(); ++i) {
        if ((*all)[i] != 0) {
            CHECK((*all)[i] == next++);
            found += (found.empty() ? "" : " ") + name_of_block(i);
        }
    }
    CHECK(found == blocks);
    for (const std::size_t wrong : {0, 1, 11, 13, 25, 27}) {
        CHECK_FALSE(prompt::all_lora_blocks(counted(wrong)));
    }
}

TEST_CASE("a tag's block weights are read", "[lora]") {
    const auto tagged = prompt::take_tags("a fox <lora:ink:0.8:lbw=1,0,0.5,0,0, -1,0,0,0,0,0,1>");
    REQUIRE(tagged.loras.size() == 1);
    CHECK(tagged.loras[0].text_weight == 0.8);
    CHECK(tagged.loras[0].unet_weight == 0.8);
    CHECK(tagged.loras[0].blocks == std::vector<double>{1, 0, 0.5, 0, 0, -1, 0, 0, 0, 0, 0, 1});
    CHECK(prompt::take_tags("<lora:ink:0.8>").loras[0].blocks.empty());
}

} // namespace prompt_lora_blocks_test
