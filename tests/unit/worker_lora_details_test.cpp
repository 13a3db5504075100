// What LoRA files say about themselves, and the few-step LoRAs that are told by name.
#include "host/server/catalogue/few_steps.h"
#include "host/worker/models/lora_details.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>

namespace worker_lora_details_test {

using namespace able::worker;
using able::protocol::LoraDetails;
using able::protocol::TagCount;
using namespace able::server;

namespace {

LoraDetails details(const std::map<std::string, std::string> &metadata) {
    return lora_details([&](const char *key) -> const char * {
        const auto found = metadata.find(key);
        return found != metadata.end() ? found->second.c_str() : nullptr;
    });
}

using Words = std::vector<std::string>;

struct Named {
    const char *id;
    const char *kind; // null: none
    const char *sampler, *schedule;
    std::uint32_t steps;
    double cfg_scale;
};

} // namespace

TEST_CASE("a trainer's metadata gives title, base model, tags and trigger words", "[models][lora]") {
    const auto found = details({{"ss_output_name", "ohwx-v3"},
                                {"ss_base_model_version", "sdxl_base_v1-0"},
                                {"ss_tag_frequency", R"({"10_ohwx man": {"ohwx": 20, " smiling": 7, "hat": 7},
                                                         "5_extra": {"hat": 1, "ohwx": 5}})"}});
    CHECK(found.title == "ohwx-v3");
    CHECK(found.base_model == "sdxl_base_v1-0");
    CHECK(found.family == "sdxl");
    CHECK(found.trigger_words == Words{"ohwx"});
    CHECK(found.tags == std::vector<TagCount>{{"ohwx", 25}, {"hat", 8}, {"smiling", 7}});
}

TEST_CASE("ModelSpec goes before the trainer's own keys", "[models][lora]") {
    const auto found = details({{"modelspec.title", "Ink"},
                                {"modelspec.author", "A. Painter"},
                                {"modelspec.architecture", "stable-diffusion-v1/lora"},
                                {"modelspec.trigger_phrase", "ink drawing, , by hand "},
                                {"ss_output_name", "ink-000010"},
                                {"ss_base_model_version", "sdxl_base_v1-0"},
                                {"ss_tag_frequency", R"({"a": {"other": 3}})"}});
    CHECK(found.title == "Ink");
    CHECK(found.author == "A. Painter");
    CHECK(found.base_model == "stable-diffusion-v1/lora");
    CHECK(found.family == "sd1");
    CHECK(found.trigger_words == Words{"ink drawing", "by hand"});
    CHECK(found.tags.size() == 1);
}

TEST_CASE("families by what trainers write", "[models][lora]") {
    const std::vector<std::pair<const char *, const char *>> versions{{"sd_v1", "sd1"},           {"sd_v2_v", "sd2"},
                                                                      {"sdxl_base_v1-0", "sdxl"}, {"sd3_m", "sd3"},
                                                                      {"flux1", "flux"},          {"x", ""}};
    for (const auto &[version, family] : versions) {
        INFO(version);
        CHECK(details({{"ss_base_model_version", version}}).family == family);
    }
    CHECK(details({{"ss_v2", "True"}}).family == "sd2");
    CHECK(details({{"ss_v2", "False"}}).family.empty());
    CHECK(details({{"modelspec.architecture", "stable-diffusion-xl-v1-base/lora"}}).family == "sdxl");
}

TEST_CASE("metadata that is none does no harm", "[models][lora]") {
    for (const char *tags : {"", "[", "[1]", "{\"a\": 1}", "{\"a\": {\"b\": -1, \"c\": 1.5, \"\": 2, \"d\": \"x\"}}",
                             "null", "{\"a\": {\"b\": 18446744073709551616}}"}) {
        INFO(tags);
        const auto found = details({{"ss_tag_frequency", tags}});
        CHECK(found.tags.empty());
        CHECK(found.trigger_words.empty());
    }
    CHECK(details({{"modelspec.title", "None"}, {"ss_output_name", "x"}}).title == "x");
    std::string umlauts;
    for (int i = 0; i < 400; ++i) {
        umlauts += "ä";
    }
    const auto long_title = details({{"modelspec.title", "a" + umlauts}}).title;
    CHECK(long_title.size() == 499); // cut between characters
    CHECK_NOTHROW(nlohmann::json(long_title).dump());
    nlohmann::json many;
    for (int i = 0; i < 200; ++i) {
        many["a"]["tag" + std::to_string(i)] = i == 3 ? 9 : 1;
    }
    const auto found = details({{"ss_tag_frequency", many.dump()}});
    CHECK(found.tags.size() == 50);
    CHECK(found.tags.front() == TagCount{"tag3", 9});
    CHECK(found.trigger_words == Words{"tag3"});
}

TEST_CASE("few-step LoRAs are told by the names that they are published under", "[models][lora][few_steps]") {
    const std::vector<Named> names{
        {"lcm-lora-sdv1-5/pytorch_lora_weights", "lcm", "lcm", "lcm", 4, 1},
        {"LCM_LoRA_SDXL_rank1", "lcm", "lcm", "lcm", 4, 1},
        {"sdxl_lightning_8step_lora", "lightning", "euler", "turbo", 8, 1},
        {"few/SDXL-Lightning-2steps", "lightning", "euler", "turbo", 2, 1},
        {"Hyper-SDXL-8steps-lora", "hyper", "euler", "turbo", 8, 1},
        {"Hyper-SD15-4steps-lora", "hyper", "euler", "turbo", 4, 1},
        {"Hyper-SDXL-12steps-CFG-lora", "hyper", "euler", "turbo", 12, 5},
        {"sd_xl_turbo_lora_v1", "turbo", "euler_a", "turbo", 4, 1},
        {"dmd2_sdxl_4step_lora_fp16", "dmd", "lcm", "turbo", 4, 1},
        {"TCD-SDXL-LoRA", "tcd", "tcd", "lcm", 4, 1},
        {"pcm_sdxl_smallcfg_8step_converted", "pcm", "euler", "turbo", 8, 1},
        {"flash-sdxl", "flash", "lcm", "turbo", 4, 1},
        {"lightning_bolts", nullptr, "", "", 0, 0},
        {"hyperrealistic", nullptr, "", "", 0, 0},
        {"hyper detailer", nullptr, "", "", 0, 0},
        {"turbo charged cars", nullptr, "", "", 0, 0},
        {"flash photography", nullptr, "", "", 0, 0},
        {"walcmart", nullptr, "", "", 0, 0},
        {"step 4 stairs", nullptr, "", "", 0, 0},
        {"lightning_9999999999step", nullptr, "", "", 0, 0},
        {"", nullptr, "", "", 0, 0},
    };
    for (const Named &named : names) {
        INFO(named.id);
        const auto found = few_steps_of(named.id, "");
        REQUIRE(found.has_value() == (named.kind != nullptr));
        if (found) {
            CHECK(*found == FewSteps{named.kind, named.sampler, named.schedule, named.steps, named.cfg_scale});
        }
    }
    CHECK(few_steps_of("my favourite", "SDXL Lightning 4-step")->kind == "lightning");
    CHECK(few_steps_of("lcm", "SDXL Lightning 4-step")->kind == "lcm");
}

} // namespace worker_lora_details_test
