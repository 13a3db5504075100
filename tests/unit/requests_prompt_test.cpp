// What a request's prompts become: drawn wildcards, LoRAs by name, and the report for whoever writes a prompt.
#include "server_fakes.hpp"

#include "host/server/queue/task_row.h"
#include "host/server/requests/prompt_report.h"
#include "host/server/requests/request.h"
#include "host/server/requests/resolve.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <set>

namespace requests_prompt_test {

using namespace able::base;
using namespace able::server;
using nlohmann::json;

namespace {

class Fixture {
public:
    Fixture() {
        config.prompts.wildcards_dir = folder_.path() / "wildcards";
        std::filesystem::create_directories(config.prompts.wildcards_dir);
        std::ofstream(config.prompts.wildcards_dir / "animal.txt") << "fox\nowl\nbear\ncat\ndog\nhen\n";
        catalogue = fakes::catalogue();
        able::server::LoraEntry other = catalogue.loras.front();
        other.id = "other/ink";
        other.path = "/models/loras/other/ink.safetensors";
        catalogue.loras.push_back(other);
        other.id = other.name = "neon";
        other.path = "/models/loras/neon.safetensors";
        catalogue.loras.push_back(other);
    }

    able::protocol::Generate resolved(json request) const {
        request.emplace("prompt", "a fox");
        const able::plugins::Registry registry(fakes::plugin_files());
        return resolve(parse_request(request), registry, catalogue, config);
    }

    RequestError refused(const json &request) const {
        try {
            resolved(request);
        } catch (const RequestError &error) {
            return error;
        }
        FAIL("resolved: " << request);
        throw std::logic_error("unreachable");
    }

    json report(json request) { return prompt_report(request, catalogue, config, environment); }

    able::config::Config config;
    able::server::Catalogue catalogue;
    fakes::FakeEnvironment environment{std::make_shared<fakes::Script>()};

private:
    fakes::TempDir folder_;
};

} // namespace

TEST_CASE("a prompt in which nothing is drawn is one for all images") {
    const Fixture fixture;
    const auto spec = fixture.resolved({{"prompt", "a (fox:1.2) {x}"}, {"batch_size", 3}});
    REQUIRE(spec.prompts.size() == 1);
    CHECK(spec.prompts[0].prompt == "a (fox:1.2) {x}");
    CHECK(prompt_of(spec, 2).prompt == spec.prompts[0].prompt);
    CHECK(spec.prompt_syntax == "a1111");
    CHECK(spec.prompt_weighting == "a1111");
}

TEST_CASE("each image of a batch draws what a single image of its seed draws") {
    const Fixture fixture;
    const json request{{"prompt", "a __animal__ {by|at} night"}, {"negative_prompt", "{a|b|c|d}"}};
    json batch = request;
    batch["seed"] = 7;
    batch["batch_size"] = 10;
    const auto spec = fixture.resolved(batch);
    REQUIRE(spec.prompts.size() == 10);
    CHECK(spec.prompt == "a __animal__ {by|at} night");
    std::set<std::string> seen;
    for (std::uint32_t i = 0; i < 10; ++i) {
        json single = request;
        single["seed"] = 7 + i;
        const auto alone = fixture.resolved(single);
        CHECK(prompt_of(alone, 0).prompt == prompt_of(spec, i).prompt);
        CHECK(prompt_of(alone, 0).negative_prompt == prompt_of(spec, i).negative_prompt);
        seen.insert(prompt_of(spec, i).prompt);
    }
    CHECK(seen.size() > 3);
    CHECK_THAT(*seen.begin(), !Catch::Contains("__") && !Catch::Contains("{"));
}

TEST_CASE("the drawn prompts and their LoRAs survive being stored") {
    const Fixture fixture;
    const auto spec =
        fixture.resolved({{"prompt", "{a|b} <lora:neon:0.5>"}, {"batch_size", 2}, {"prompt_weighting", "comfy"}});
    const auto back = std::get<able::protocol::Generate>(
        able::protocol::decode_task(json::from_cbor(json::to_cbor(able::protocol::encode_task(spec)))));
    CHECK(able::protocol::encode_task(back) == able::protocol::encode_task(spec));
    CHECK(back.prompts.size() == 2);
    CHECK(back.prompts[1].loras.size() == 1);

    json old = able::protocol::encode_task(spec); // stored before prompts had a language: it means what it meant then
    for (const char *field : {"prompts", "prompt_syntax", "prompt_weighting"}) {
        old.erase(field);
    }
    const auto read = std::get<able::protocol::Generate>(decode_task_row(json::to_cbor(old)));
    CHECK(read.prompt_syntax == "plain");
    CHECK(prompt_of(read, 1).prompt == spec.prompt);
}

TEST_CASE("tags name LoRAs by the catalogue, beside those of the request") {
    const Fixture fixture;
    const auto spec = fixture.resolved(
        {{"prompt", "a fox <lora:styles/ink:0.8:0.6>"}, {"loras", {{{"name", "neon"}, {"weight", 0.5}}}}});
    const auto all = loras_of(spec, prompt_of(spec, 0));
    REQUIRE(all.size() == 2);
    CHECK(all[0].id == "neon");
    CHECK(all[1].id == "styles/ink");
    CHECK(all[1].text_weight == 0.8);
    CHECK(all[1].unet_weight == 0.6);

    const auto unknown = fixture.refused({{"prompt", "<lora:nean:1>"}});
    CHECK(unknown.code() == "unknown_lora");
    CHECK(unknown.field() == "prompt");
    CHECK_THAT(unknown.what(), Catch::Contains("neon"));
    const auto ambiguous = fixture.refused({{"prompt", "<lora:ink:1>"}});
    CHECK(ambiguous.allowed() == std::vector<std::string>{"styles/ink", "other/ink"});
    CHECK_THAT(fixture.refused({{"prompt", "<lora:neon:1>"}, {"loras", {{{"name", "neon"}}}}}).what(),
               Catch::Contains("named twice"));
    CHECK_THAT(fixture.refused({{"negative_prompt", "<lora:neon:1>"}}).field(), Catch::Equals("negative_prompt"));
}

TEST_CASE("what is wrong with a prompt is a refusal that names the field") {
    const Fixture fixture;
    const auto check = [&](const json &request, const std::string &field, const std::string &text) {
        const auto error = fixture.refused(request);
        INFO(request);
        CHECK(error.field() == field);
        CHECK_THAT(error.what(), Catch::Contains(text));
    };
    check({{"prompt", "(a:1.2.3)"}}, "prompt", "not a number");
    check({{"negative_prompt", "(a:1.2.3)"}}, "negative_prompt", "not a number");
    check({{"prompt", "__anmal__"}}, "prompt", "anmal");
    CHECK(fixture.refused({{"prompt", "__anmal__"}}).allowed() == std::vector<std::string>{"animal"});
    check({{"prompt", "<hypernet:a:1>"}}, "prompt", "not known");
    check({{"prompt_syntax", "comfy"}}, "prompt_syntax", "must be one of");
    check({{"prompt_weighting", 1}}, "prompt_weighting", "string");
    CHECK(fixture.refused({{"prompt_weighting", "x"}}).allowed() == std::vector<std::string>{"a1111", "comfy"});
    // In the plain syntax nothing of this means anything.
    CHECK_NOTHROW(
        fixture.resolved({{"prompt", "(a:1.2.3) __anmal__ <hypernet:a:1> {a|b}"}, {"prompt_syntax", "plain"}}));
}

TEST_CASE("a report has parts, schedule, weights, LoRAs and tokens by chunk") {
    Fixture fixture;
    const json report = fixture.report({{"prompt", "[a:bc:0.5] (d:1.5) AND e :0.5 <lora:neon:0.5>"}, {"steps", 10}});
    CHECK(report.at("errors") == json::array());
    CHECK(report.at("model") == "tiny-sd15");
    REQUIRE(report.at("parts").size() == 2);
    const json &first = report.at("parts")[0];
    CHECK(first.at("weight") == 1);
    REQUIRE(first.at("schedule").size() == 2);
    CHECK(first.at("schedule")[0].at("until_step") == 5);
    CHECK(first.at("schedule")[0].at("segments")[1] == json{{"text", "d"}, {"weight", 1.5}});
    const json &encoder = first.at("schedule")[0].at("encoders")[0];
    CHECK(encoder.at("chunks")[0].at("count") == 3);
    CHECK(encoder.at("chunks")[0].at("weights") == json::array({1.0, 1.0, 1.5}));
    CHECK(report.at("token_count") == 4);
    CHECK(report.at("chunk_size") == 75);
    CHECK(report.at("chunk_count") == 1);
    REQUIRE(report.at("loras").size() == 1);
    CHECK(report.at("loras")[0].at("id") == "neon");
    CHECK(fixture.report({{"prompt", std::string(80, 'a')}}).at("chunk_count") == 2);
    CHECK(fixture.report({{"prompt", "a AND b"}, {"negative", true}}).at("parts").size() == 1);
    CHECK(fixture.report({{"prompt", "a BREAK b"}}).at("parts")[0].at("schedule")[0].at("segments")[1] ==
          json{{"break", true}});
    const json drawn = fixture.report({{"prompt", "__animal__"}, {"seed", 3}});
    CHECK(drawn.at("prompt") == fixture.resolved({{"prompt", "__animal__"}, {"seed", 3}}).prompts[0].prompt);
}

TEST_CASE("what is wrong with a prompt is part of its report, and the rest is reported all the same") {
    Fixture fixture;
    const json wrong = fixture.report({{"prompt", "(a:1.2.3)"}});
    REQUIRE(wrong.at("errors").size() == 1);
    CHECK(wrong.at("errors")[0].at("code") == "invalid_prompt");
    const json lora = fixture.report({{"prompt", "a <lora:ink:1>"}});
    REQUIRE(lora.at("errors").size() == 1);
    CHECK(lora.at("errors")[0].at("allowed").size() == 2);
    CHECK(lora.at("loras")[0].at("id").is_null());
    CHECK(lora.at("token_count") == 2);
    const json model = fixture.report({{"prompt", "a"}, {"model", "nothing"}});
    CHECK(model.at("errors")[0].at("field") == "model");
    CHECK(model.at("token_count").is_null());
    CHECK(model.at("parts").size() == 1);
    fixture.environment.tokenizer_problem = "its vocab.json is broken";
    CHECK_THAT(fixture.report({{"prompt", "a"}}).at("errors")[0].at("message").get<std::string>(),
               Catch::Contains("vocab.json"));

    for (const json &bad : {json{{"prompt", "a"}, {"width", 64}}, json{{"model", "tiny-sd15"}}, json::array(),
                            json{{"prompt", "a"}, {"negative", 1}}}) {
        INFO(bad);
        CHECK_THROWS_AS(fixture.report(bad), RequestError);
    }
    CHECK(parse_request_schema().at("properties").size() == 6);
}

} // namespace requests_prompt_test
