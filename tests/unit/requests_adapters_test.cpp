// What requests ask of LoRAs and embeddings: words that are embeddings, families that fit, settings of few-step LoRAs.
#include "server_fakes.hpp"

#include "host/server/queue/task_row.h"
#include "host/server/requests/prompt_report.h"
#include "host/server/requests/request.h"
#include "host/server/requests/resolve.h"
#include "host/server/requests/wildcard_list.h"

#include <catch2/catch.hpp>

#include <fstream>

namespace requests_adapters_test {

using namespace able::base;
using namespace able::server;
using able::plugins::ObjectKind;
using nlohmann::json;

namespace {

class Fixture {
public:
    Fixture() {
        catalogue = fakes::catalogue();
        catalogue.models.front().family = "sd1";
        catalogue.models.front().traits.family_name = "Stable Diffusion 1";
        auto xl = fakes::model("xl");
        xl.family = "sdxl";
        catalogue.models.push_back(xl);
        config.models.default_model = "tiny-sd15";
    }

    void add_embedding(const std::string &id, const std::string &family, const std::string &word = "") {
        able::server::EmbeddingEntry entry;
        entry.id = id;
        entry.name = id.substr(id.rfind('/') + 1);
        entry.path = "/models/embeddings/" + id + ".pt";
        entry.family = family;
        entry.word = word;
        entry.tokens = 3;
        entry.ready = true;
        catalogue.embeddings.push_back(entry);
    }

    void add_lora(const std::string &id, const std::string &family) {
        able::server::LoraEntry entry;
        entry.id = entry.name = id;
        entry.path = "/models/loras/" + id + ".safetensors";
        entry.family = family;
        entry.ready = true;
        entry.few_steps = able::server::few_steps_of(id, "");
        catalogue.loras.push_back(entry);
    }

    able::protocol::Generate resolved(json request) const {
        request.emplace("prompt", "a fox");
        auto files = fakes::plugin_files();
        auto &objects = files.front().description.objects;
        for (const char *id : {"lcm", "euler"}) {
            objects.push_back(fakes::object(ObjectKind::sampler, id, id));
            objects.back().default_schedule = "normal";
        }
        for (const char *id : {"lcm", "turbo"}) {
            objects.push_back(fakes::object(ObjectKind::schedule, id, id));
        }
        for (const char *id : {"lora", "gains"}) {
            objects.push_back(fakes::object(ObjectKind::adapter, id, id));
        }
        able::plugins::ParamDescription strength;
        strength.key = "strength";
        strength.minimum = -4;
        strength.maximum = 4;
        objects.back().params.push_back(strength);
        const able::plugins::Registry registry(files);
        return resolve(parse_request(request), registry, catalogue, config,
                       {.count_tokens = [this](const auto &model, const auto &prompts, const auto &words) {
                           return environment.count_tokens(model, prompts, words);
                       }});
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
    mutable fakes::FakeEnvironment environment{std::make_shared<fakes::Script>()};
};

std::vector<std::string> ids(const able::protocol::ImagePrompt &prompt) {
    std::vector<std::string> list;
    for (const auto &use : prompt.embeddings) {
        list.push_back(use.id);
    }
    return list;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("embeddings are taken by the words of both prompts, in every text of a schedule", "[jobs][embedding]") {
    Fixture fixture;
    for (const char *id : {"easyneg", "deep/bad-hands", "unused"}) {
        fixture.add_embedding(id, "sd1");
    }
    fixture.add_embedding("concept/learned_embeds", "", "<cat-toy>");
    const auto spec = fixture.resolved(
        {{"prompt", "[a fox:(Bad-Hands:1.2):0.5] AND a <cat-toy>"}, {"negative_prompt", "easyneg, bad-hands"}});
    CHECK(ids(spec.prompts.front()) == Names{"deep/bad-hands", "concept/learned_embeds", "easyneg"});
    const auto &first = spec.prompts.front().embeddings.front();
    CHECK(first.path == "/models/embeddings/deep/bad-hands.pt");
    CHECK(first.words == Names{"bad-hands", "deep/bad-hands"});
    CHECK(spec.prompts.front().embeddings[1].words == Names{"learned_embeds", "concept/learned_embeds", "<cat-toy>"});
    const auto back = std::get<able::protocol::Generate>(
        able::protocol::decode_task(json::from_cbor(json::to_cbor(able::protocol::encode_task(spec)))));
    CHECK(able::protocol::encode_task(back) == able::protocol::encode_task(spec));

    CHECK(ids(fixture.resolved({{"prompt", "an easynegro, bad hands"}}).prompts.front()).empty());
    CHECK(ids(fixture.resolved({{"prompt", "easyneg"}, {"prompt_syntax", "plain"}}).prompts.front()).empty());
}

TEST_CASE("a word inside a LoRA counts where the LoRA is used, and a file of that name before it",
          "[jobs][embedding]") {
    Fixture fixture;
    for (const char *id : {"ink", "oil"}) {
        fixture.add_lora(id, "sd1");
        auto &word = fixture.catalogue.loras.back().bundled.emplace_back();
        word.id = std::string(id) + ":zork";
        word.name = "zork";
        word.path = fixture.catalogue.loras.back().path;
        word.tokens = 2;
        word.ready = word.bundled = true;
    }
    const auto spec = fixture.resolved({{"prompt", "a zork <lora:ink:1>"}, {"negative_prompt", "zork"}});
    REQUIRE(ids(spec.prompts.front()) == Names{"ink:zork"});
    CHECK(spec.prompts.front().embeddings.front().bundled == "zork");
    CHECK(spec.prompts.front().embeddings.front().path == "/models/loras/ink.safetensors");
    const auto back = std::get<able::protocol::Generate>(
        able::protocol::decode_task(json::from_cbor(json::to_cbor(able::protocol::encode_task(spec)))));
    CHECK(able::protocol::encode_task(back) == able::protocol::encode_task(spec));
    CHECK(ids(fixture.resolved({{"prompt", "a zork"}, {"loras", {{{"name", "oil"}}}}}).prompts.front()) ==
          Names{"oil:zork"});
    CHECK(ids(fixture.resolved({{"prompt", "a zork"}}).prompts.front()).empty());
    CHECK(fixture.refused({{"prompt", "a zork <lora:ink:1> <lora:oil:1>"}}).allowed() == Names{"ink:zork", "oil:zork"});
    CHECK(fixture.report({{"prompt", "a zork <lora:ink:1>"}}).at("embeddings").at(0).at("tokens") == 2);

    fixture.add_embedding("zork", "sd1");
    const auto file = fixture.resolved({{"prompt", "a zork <lora:ink:1>"}});
    CHECK(ids(file.prompts.front()) == Names{"zork"});
    CHECK(file.prompts.front().embeddings.front().bundled.empty());
}

TEST_CASE("what is drawn decides which image has an embedding", "[jobs][embedding]") {
    Fixture fixture;
    fixture.add_embedding("easyneg", "sd1");
    const auto spec = fixture.resolved({{"prompt", "{easyneg|snow}"}, {"batch_size", 10}, {"seed", 1}});
    for (const auto &prompt : spec.prompts) {
        CHECK(ids(prompt).size() == (prompt.prompt == "easyneg" ? 1U : 0U));
    }
}

TEST_CASE("a name that several embeddings have is an error that lists them, an id is not", "[jobs][embedding]") {
    Fixture fixture;
    fixture.add_embedding("one/neg", "sd1");
    fixture.add_embedding("two/Neg", "sd1");
    const auto error = fixture.refused({{"negative_prompt", "a neg"}});
    CHECK(error.field() == "negative_prompt");
    CHECK(error.code() == "ambiguous_embedding");
    CHECK(error.allowed() == Names{"one/neg", "two/Neg"});
    CHECK_THAT(error.what(), Catch::Contains("\"one/neg\", \"two/Neg\""));
    CHECK(ids(fixture.resolved({{"negative_prompt", "a two/neg"}}).prompts.front()) == Names{"two/Neg"});
}

TEST_CASE("an embedding or a LoRA for another family is refused at once", "[jobs][embedding]") {
    Fixture fixture;
    fixture.add_embedding("xlneg", "sdxl");
    fixture.add_embedding("open", "");
    fixture.add_lora("xl-style", "sdxl");
    const auto word = fixture.refused({{"prompt", "a fox, xlneg"}});
    CHECK(word.code() == "wrong_family");
    CHECK(word.field() == "prompt");
    CHECK_THAT(word.what(), Catch::Contains("\"xlneg\" is made for the family \"sdxl\"") &&
                                Catch::Contains("is of \"sd1\" (Stable Diffusion 1)"));
    const auto tag = fixture.refused({{"prompt", "a fox <lora:xl-style:1>"}});
    CHECK(tag.field() == "prompt");
    CHECK_THAT(tag.what(), Catch::Contains("\"xl-style\" is made for the family \"sdxl\"") &&
                               Catch::Contains("is of \"sd1\" (Stable Diffusion 1)"));
    CHECK(fixture.refused({{"loras", {{{"name", "xl-style"}}}}}).field() == "loras[0]");
    CHECK(ids(fixture.resolved({{"model", "xl"}, {"prompt", "xlneg open <lora:xl-style:1>"}}).prompts.front()).size() ==
          2);
    CHECK(ids(fixture.resolved({{"prompt", "open"}}).prompts.front()) == Names{"open"});

    fixture.catalogue.embeddings[1].ready = false;
    fixture.catalogue.embeddings[1].reason = "it is damaged";
    const auto broken = fixture.refused({{"prompt", "open"}});
    CHECK(broken.code() == "embedding_not_ready");
    CHECK_THAT(broken.what(), Catch::Contains("it is damaged"));
}

TEST_CASE("the report names the embeddings and counts their tokens", "[jobs][embedding]") {
    Fixture fixture;
    fixture.add_embedding("easyneg", "sd1");
    fixture.add_embedding("xlneg", "sdxl");
    const json report = fixture.report({{"prompt", "easyneg, [easyneg|fox] xlneg"}});
    CHECK(report.at("embeddings") == json::parse(R"([{"name": "easyneg", "id": "easyneg", "tokens": 3},
                                                     {"name": "xlneg", "id": null, "tokens": null}])"));
    REQUIRE(report.at("errors").size() == 1);
    CHECK(report.at("errors")[0].at("code") == "wrong_family");
    REQUIRE(fixture.environment.counted_words.size() == 1);
    CHECK(fixture.environment.counted_words[0].names == Names{"easyneg"});
    CHECK(fixture.environment.counted_words[0].tokens == 3);
    CHECK(fixture.report({{"prompt", "easyneg"}, {"prompt_syntax", "plain"}}).at("embeddings").empty());
}

TEST_CASE("a few-step LoRA sets what the request leaves out, and that is noted", "[jobs][few_steps]") {
    Fixture fixture;
    fixture.add_lora("lcm-lora", "sd1");
    for (const json &request : {json{{"loras", {{{"name", "lcm-lora"}}}}}, json{{"prompt", "a <lora:lcm-lora:0.8>"}}}) {
        const auto spec = fixture.resolved(request);
        CHECK(spec.sampler == "lcm");
        CHECK(spec.schedule == "lcm");
        CHECK(spec.steps == 4);
        CHECK(spec.cfg_scale == 1);
        CHECK(spec.few_steps.lora == "lcm-lora");
        CHECK(spec.few_steps.kind == "lcm");
        CHECK(spec.few_steps.fields == Names{"sampler", "schedule", "steps", "cfg_scale"});
        const auto back = std::get<able::protocol::Generate>(
            able::protocol::decode_task(json::from_cbor(json::to_cbor(able::protocol::encode_task(spec)))));
        CHECK(back.few_steps.fields == spec.few_steps.fields);
    }
    const auto none = fixture.resolved({{"loras", {{{"name", "lcm-lora"}, {"weight", 0}}}}});
    CHECK(none.sampler == "euler_a");
    CHECK(none.steps == 20);
    CHECK(none.few_steps.fields.empty());
}

TEST_CASE("what the request gives stays as it is", "[jobs][few_steps]") {
    Fixture fixture;
    fixture.add_lora("sdxl-lightning-8step", "sd1");
    const auto with = [&](json request) {
        request["loras"] = {{{"name", "sdxl-lightning-8step"}}};
        return fixture.resolved(std::move(request));
    };
    const auto steps = with({{"steps", 20}, {"cfg_scale", 7.5}});
    CHECK(steps.steps == 20);
    CHECK(steps.cfg_scale == 7.5);
    CHECK(steps.sampler == "euler");
    CHECK(steps.few_steps.fields == Names{"sampler", "schedule"});
    const auto sampler = with({{"sampler", "dpmpp_2m"}});
    CHECK(sampler.sampler == "dpmpp_2m");
    CHECK(sampler.schedule == "turbo");
    CHECK(sampler.steps == 8);
    const auto whole_name = with({{"sampler", "DPM++ 2M Karras"}});
    CHECK(whole_name.schedule == "karras");
    const auto schedule = with({{"schedule", "karras"}});
    CHECK(schedule.sampler == "euler");
    CHECK(schedule.schedule == "karras");
    const auto params = with({{"sampler_params", {{"eta", 0.5}}}});
    CHECK(params.sampler == "euler_a");
    const auto sigmas = with({{"sigmas", {14.6, 3.0, 0.0}}});
    CHECK(sigmas.steps == 2);
    CHECK(sigmas.sampler == "euler");
    CHECK(sigmas.schedule.empty());
    CHECK(
        with({{"sampler", "euler_a"}, {"schedule", "normal"}, {"steps", 5}, {"cfg_scale", 2}}).few_steps.lora.empty());
}

TEST_CASE("two few-step LoRAs that want two things are an error unless the request decides", "[jobs][few_steps]") {
    Fixture fixture;
    fixture.add_lora("lcm-a", "sd1");
    fixture.add_lora("lcm-b", "sd1");
    fixture.add_lora("lightning-8step", "sd1");
    const auto error = fixture.refused({{"prompt", "<lora:lightning-8step:1>"}, {"loras", {{{"name", "lcm-a"}}}}});
    CHECK(error.field() == "loras");
    CHECK_THAT(error.what(), Catch::Contains("lcm-a") && Catch::Contains("lightning-8step"));
    CHECK(fixture.resolved({{"prompt", "<lora:lcm-a:1><lora:lcm-b:1>"}}).few_steps.lora == "lcm-a");
    CHECK(fixture
              .resolved({{"prompt", "<lora:lightning-8step:1><lora:lcm-b:1>"},
                         {"sampler", "euler"},
                         {"schedule", "normal"},
                         {"steps", 6},
                         {"cfg_scale", 1}})
              .steps == 6);
}

TEST_CASE("wildcards are listed with their lines, and with what is wrong", "[jobs][prompt]") {
    const fakes::TempDir folder;
    std::filesystem::create_directories(folder.path() / "style");
    std::ofstream(folder.path() / "animal.txt") << "fox\n# no\n\nowl\n";
    std::ofstream(folder.path() / "style/ink.txt") << "ink\n";
    std::ofstream(folder.path() / "empty.txt") << "# nothing\n";
    std::ofstream(folder.path() / "notes.md") << "x\n";
    const auto list = wildcard_list(folder.path());
    REQUIRE(list.size() == 3);
    CHECK(list[0].name == "animal");
    CHECK(list[0].lines == 2);
    CHECK(list[1].name == "empty");
    CHECK_THAT(list[1].reason, Catch::Contains("no line"));
    CHECK(list[2].name == "style/ink");
    CHECK(wildcard_list(folder.path() / "none").empty());
}

TEST_CASE("a LoRA is given the parameters of the adapter that takes it, and no others", "[jobs]") {
    Fixture fixture;
    fixture.add_lora("warm", "sd1");
    fixture.catalogue.loras.back().adapter = "gains";
    const auto request = [](const json &params) {
        return json{{"loras", {{{"name", "warm"}, {"params", params}}}}};
    };
    CHECK(fixture.resolved(request({{"strength", 0.5}})).loras.at(0).params == json{{"strength", 0.5}});
    CHECK(fixture.resolved({{"loras", {{{"name", "warm"}}}}}).loras.at(0).params == json::object());

    const auto beyond = fixture.refused(request({{"strength", 9}}));
    CHECK(beyond.code() == "invalid_parameter");
    CHECK(beyond.field() == "loras[0].params.strength");
    CHECK(std::string(beyond.what()).find("between -4 and 4") != std::string::npos);
    const auto unknown = fixture.refused(request({{"eta", 1}}));
    CHECK(unknown.field() == "loras[0].params.eta");
    CHECK(unknown.allowed() == std::vector<std::string>{"strength"});
    CHECK(fixture.refused(request(json::array())).field() == "loras[0].params");

    fixture.add_lora("plain", "sd1");
    fixture.catalogue.loras.back().adapter = "lora";
    CHECK(std::string(fixture.refused({{"loras", {{{"name", "plain"}, {"params", {{"strength", 1}}}}}}}).what())
              .find("takes none") != std::string::npos);
    fixture.catalogue.loras.back().adapter = "gone";
    const auto gone = fixture.refused({{"loras", {{{"name", "plain"}, {"params", {{"strength", 1}}}}}}});
    CHECK(gone.code() == "unknown_adapter");
    CHECK(std::string(gone.what()).find("\"gone\"") != std::string::npos);
}

TEST_CASE("what a job keeps of a LoRA's parameters, and jobs of before there were any", "[jobs]") {
    able::protocol::Generate spec;
    spec.prompts.push_back({"a fox", "", {}});
    spec.loras.push_back({"warm", "/warm.safetensors"});
    spec.loras.back().params = {{"part", "rest"}};
    json stored = able::protocol::encode_task(spec);
    CHECK(std::get<able::protocol::Generate>(able::protocol::decode_task(stored)).loras.at(0).params ==
          json{{"part", "rest"}});
    stored["loras"][0].erase("params");
    stored.erase("inpainting");
    const auto old = std::get<able::protocol::Generate>(decode_task_row(json::to_cbor(stored)));
    CHECK(old.loras.at(0).params == json::object());
    CHECK(old.inpainting.mask.empty());
}

} // namespace requests_adapters_test
