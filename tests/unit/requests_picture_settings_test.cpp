// What a picture was made with, back as a request: this program's metadata, and AUTOMATIC1111's text.
#include "http_client.hpp"
#include "openapi_check.hpp"

#include "host/server/requests/a1111_parameters.h"
#include "host/server/requests/from_image.h"
#include "host/server/requests/picture_settings.h"
#include "host/server/requests/request.h"

#include "host/base/base64.h"

#include <catch2/catch.hpp>

#include <fstream>

namespace requests_picture_settings_test {

using namespace able::server;
using able::base::RequestError;
using nlohmann::json;
using Strings = std::vector<std::string>;

namespace {

// A small catalogue: two LoRAs, one known by its hash, and an embedding.
class Here {
public:
    Here() : registry(fakes::plugin_files()), catalogue(fakes::catalogue()) {
        LoraEntry neon;
        neon.id = neon.name = "neon-v2";
        neon.path = "/models/loras/neon-v2.safetensors";
        neon.ready = true;
        neon.details.alias = "neon";
        neon.hashes = {std::string(64, 'c'), "0123456789ab"};
        catalogue.loras.push_back(neon);
        EmbeddingEntry easy;
        easy.id = easy.name = "easy__neg__x";
        easy.hashes.sha256 = std::string(64, 'e');
        catalogue.embeddings.push_back(easy);
        ModelEntry vae;
        vae.id = "vae/ft-mse.safetensors";
        vae.name = "ft-mse";
        catalogue.vaes.push_back(vae);
    }

    PictureSettings from_metadata(const json &metadata) const {
        return settings_of_metadata(metadata, registry, catalogue);
    }
    PictureSettings from_text(const std::string &text) const {
        const auto settings = settings_of_parameters(text, registry, catalogue);
        REQUIRE(settings);
        return *settings;
    }
    PictureSettings filled(const json &document, const PictureTexts &texts) const {
        const PictureReader reader{nullptr, [&](const auto &) {
                                       return texts;
                                   }};
        return fill_from_image(document, reader, registry, catalogue);
    }

    able::plugins::Registry registry;
    Catalogue catalogue;
};

const std::string some_png = able::base::encode_base64(std::vector<std::uint8_t>{0x89, 'P', 'N', 'G', 13, 10, 26, 10});

json metadata() {
    return {{"prompt", "a fox"},
            {"negative_prompt", "fog"},
            {"model", {{"id", "tiny-sd15"}}},
            {"width", 128},
            {"height", 64},
            {"steps", 7},
            {"cfg_scale", 3.5},
            {"seed", std::int64_t{9223372036854775807}},
            {"sampler", {{"id", "euler_a"}}},
            {"schedule", {{"id", "karras"}}},
            {"sampler_params", {{"eta", 0.5}}},
            {"schedule_params", json::object()},
            {"loras", json::array()},
            {"clip_skip", 2},
            {"subseed", 5},
            {"subseed_strength", 0.25},
            {"device", "cpu"}};
}

std::string settings_line(const std::string &more) {
    return "Steps: 12, Sampler: Euler a, CFG scale: 4.5, Seed: 18, Size: 96x64, Version: other" +
           (more.empty() ? more : ", " + more);
}

} // namespace

TEST_CASE("the settings of a picture's metadata are a request that is taken") {
    const auto [request, warnings] = Here().from_metadata(metadata());
    CHECK(warnings.empty());
    CHECK(request == json{{"prompt", "a fox"},
                          {"negative_prompt", "fog"},
                          {"model", "tiny-sd15"},
                          {"width", 128},
                          {"height", 64},
                          {"steps", 7},
                          {"cfg_scale", 3.5},
                          {"seed", std::int64_t{9223372036854775807}},
                          {"sampler", "euler_a"},
                          {"schedule", "karras"},
                          {"sampler_params", {{"eta", 0.5}}},
                          {"clip_skip", 2},
                          {"subseed", 5},
                          {"subseed_strength", 0.25}});
    CHECK_NOTHROW(parse_request(request));
}

TEST_CASE("a LoRA is restored once: by its tag, or from the list with both weights and its blocks") {
    const std::vector<double> blocks(12, 0.5);
    json made = metadata();
    made["prompt"] = "a fox <lora:ink:0.8:0.6> in snow";
    made["loras"] = {{{"id", "styles/ink"}, {"sha256", ""}, {"unet_weight", 0.6}, {"text_weight", 0.8}},
                     {{"id", "neon-v2"},
                      {"sha256", std::string(64, 'c')},
                      {"unet_weight", 1.5},
                      {"text_weight", 0.5},
                      {"block_weights", blocks},
                      {"params", {{"part", "rest"}}}}};
    const auto [request, warnings] = Here().from_metadata(made);
    CHECK(warnings.empty());
    CHECK(request.at("prompt") == "a fox <lora:ink:0.8:0.6> in snow");
    CHECK(request.at("loras") == json{{{"name", "neon-v2"},
                                       {"weight", 1.5},
                                       {"text_weight", 0.5},
                                       {"block_weights", blocks},
                                       {"params", {{"part", "rest"}}}}});
    const Request parsed = parse_request(request);
    CHECK(parsed.loras.at(0).text_weight == 0.5);
    CHECK(parsed.loras.at(0).blocks == blocks);
}

TEST_CASE("a LoRA that has another name here is known by its hash, and one that is not here is said") {
    json made = metadata();
    made["prompt"] = "a <lora:old-neon:te=0.5:unet=1e-1>fox<lora:gone:0.7> <lora:neon: 0.5 >";
    made["loras"] = {
        {{"id", "x/old-neon"}, {"sha256", std::string(64, 'c')}, {"unet_weight", 0.1}, {"text_weight", 0.5}},
        {{"id", "gone"}, {"sha256", std::string(64, 'd')}, {"unet_weight", 0.7}, {"text_weight", 0.7}},
        {{"id", "lost"}, {"sha256", ""}, {"unet_weight", 0.7}, {"text_weight", 0.7}},
        {{"id", "ink"}, {"sha256", std::string(64, 'd')}, {"unet_weight", 1}, {"text_weight", 1}}};
    Here here;
    here.catalogue.loras[0].hashes.sha256 = std::string(64, 'a'); // of ink
    const auto [request, warnings] = here.from_metadata(made);
    CHECK(request.at("prompt") == "a <lora:neon-v2:te=0.5:unet=1e-1>fox ");
    CHECK(request.at("loras") == json{{{"name", "styles/ink"}, {"weight", 1}}});
    REQUIRE(warnings.size() == 4);
    CHECK_THAT(warnings[0],
               Catch::Contains("\"gone\"") && Catch::Contains("not here") && Catch::Contains("dddddddddddd"));
    CHECK_THAT(warnings[1], Catch::Contains("<lora:neon: 0.5 >") && Catch::Contains("add the weights up"));
    CHECK_THAT(warnings[2], Catch::Contains("\"lost\""));
    CHECK_THAT(warnings[3], Catch::Contains("\"styles/ink\"") && Catch::Contains("another file"));
}

TEST_CASE("what of a picture is not here or no valid value is left out and said") {
    json made = metadata();
    made["model"]["id"] = "gone";
    made["sampler"]["id"] = "other";
    made["schedule"]["id"] = "lost";
    made["steps"] = "<b>";
    made["cfg_scale"] = 99;
    made["vae"] = {{"id", "none"}};
    made["embeddings"] = {{{"name", "hard"}, {"sha256", "x"}},
                          {{"name", "easy__neg__x"}, {"sha256", std::string(64, 'f')}}};
    const auto [request, warnings] = Here().from_metadata(made);
    for (const char *field : {"model", "sampler", "sampler_params", "schedule", "steps", "cfg_scale", "vae"}) {
        CHECK_FALSE(request.contains(field));
    }
    CHECK(request.at("width") == 128);
    const auto said = [&, &own = warnings](const std::string &text) {
        return std::any_of(own.begin(), own.end(),
                           [&](const std::string &warning) { return warning.find(text) != std::string::npos; });
    };
    for (const char *text :
         {"model is left out", "no sampler here is called \"other\"", "no schedule here is called \"lost\"",
          "steps is left out", "cfg_scale is left out", "vae is left out", "the embedding \"hard\" is not here",
          "the embedding \"easy__neg__x\" here is another file"}) {
        INFO(text);
        CHECK(said(text));
    }
    CHECK(warnings.size() == 8);
    for (const json &hostile : {json::object(), json{{"loras", 1}, {"model", 7}, {"prompt", {1}}},
                                json{{"loras", {1, {{"id", 7}}}}, {"sampler", nullptr}, {"embeddings", {3}}}}) {
        CHECK_NOTHROW(Here().from_metadata(hostile));
    }
}

TEST_CASE("noise levels of a picture stand for its steps and schedule") {
    json made = metadata();
    made["sigmas"] = {14.6, 1.5, 0.0};
    made.erase("schedule");
    const auto request = Here().from_metadata(made).request;
    CHECK(request.at("sigmas") == json{14.6, 1.5, 0.0});
    CHECK_FALSE(request.contains("steps"));
    CHECK_NOTHROW(parse_request(request));
}

TEST_CASE("A1111's text is read as A1111 reads it") {
    const auto parsed =
        parse_a1111_parameters("  a lighthouse, <lora:ink:0.7> at dusk\r\n second line \r\nNegative prompt: "
                               "blurry,\r\nlow quality\r\nSteps: 28, Sampler: DPM++ 2M, Schedule type: Karras, "
                               "CFG scale: 6.5, Seed: 9223372036854775807, Size: 512x768, Model: my model, "
                               "Lora hashes: \"ink: 0123, plain: 4567\", Note: \"a \\\"b\\\": c\", Hashes: "
                               "{\"model\": \"1\", \"lora:x\": \"2\"}, ControlNet 0: \"Module: a, b\", "
                               "Empty: , Version: v1.10.1\n");
    REQUIRE(parsed);
    CHECK(parsed->prompt == "a lighthouse, <lora:ink:0.7> at dusk\nsecond line");
    CHECK(parsed->negative_prompt == "blurry,\nlow quality");
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    CHECK(parsed->values == Pairs{{"Steps", "28"},
                                  {"Sampler", "DPM++ 2M"},
                                  {"Schedule type", "Karras"},
                                  {"CFG scale", "6.5"},
                                  {"Seed", "9223372036854775807"},
                                  {"Size", "512x768"},
                                  {"Model", "my model"},
                                  {"Lora hashes", "ink: 0123, plain: 4567"},
                                  {"Note", "a \"b\": c"},
                                  {"Hashes", "{\"model\": \"1\", \"lora:x\": \"2\"}"},
                                  {"ControlNet 0", "Module: a, b"},
                                  {"Empty", ""},
                                  {"Version", "v1.10.1"}});
    CHECK(name_pairs("ink: 0123, a:b: 4567,x") == Pairs{{"ink", "0123"}, {"a:b", "4567"}});
    CHECK(*parse_a1111_parameters("Seed: 1, Sampler: Euler, Size: 64x64")->find("size") == "64x64");
    CHECK(parse_a1111_parameters("Steps: 5, Seed: 1")->prompt.empty());
    for (const char *other : {"", "just a caption", "{\"prompt\": \"Steps: many\"}", "a: b, c: d"}) {
        CHECK_FALSE(parse_a1111_parameters(other));
    }
}

TEST_CASE("A1111's dialect is honoured in full where there is the like here") {
    const auto [request, warnings] = Here().from_text(
        "a fox <lora:ink:te=0.8:unet=1e-1> <lora:neon: 0.5 >\nNegative prompt: easy__neg__x, {fog|mist}\n"
        "Steps: 12, Sampler: Euler a Karras, Schedule type: Automatic, CFG scale: 4.5, Seed: 18, Size: 96x64, "
        "Model hash: 0, Model: tiny-sd15, VAE: ft-mse.safetensors, VAE hash: 1, Clip skip: 2, Variation seed: 99, "
        "Variation seed strength: 0.3, Seed resize from: 128x64, ENSD: 31337, Eta: 0.7, Styles: \"photo, bright\", "
        "Lora hashes: \"ink: 0123, neon: 0123456789ab\", TI hashes: \"easy__neg__x: eeeeeeeeeeee\", "
        "Denoising strength: 0.4, Mask blur: 8, Inpaint area: Only masked, Masked area padding: 16, "
        "Mask mode: Inpaint not masked, Masked content: latent noise, RNG: CPU, Version: v1.10.1");
    CHECK(warnings.empty());
    CHECK(request == json{{"prompt", "a fox <lora:ink:te=0.8:unet=1e-1> <lora:neon: 0.5 >"},
                          {"negative_prompt", "easy__neg__x, \\{fog|mist\\}"}, // text there, and so here
                          {"steps", 12},
                          {"sampler", "euler_a"},
                          {"schedule", "karras"},
                          {"sampler_params", {{"eta", 0.7}}},
                          {"cfg_scale", 4.5},
                          {"seed", 18},
                          {"width", 96},
                          {"height", 64},
                          {"model", "tiny-sd15"},
                          {"vae", "vae/ft-mse.safetensors"},
                          {"clip_skip", 2},
                          {"subseed", 99},
                          {"subseed_strength", 0.3},
                          {"seed_resize_from_width", 128},
                          {"seed_resize_from_height", 64},
                          {"eta_noise_seed_delta", 31337},
                          {"strength", 0.4},
                          {"mask_blur", 8},
                          {"inpaint_region", "only_masked"},
                          {"inpaint_padding", 16},
                          {"mask_invert", true},
                          {"mask_content", "noise"}});
    CHECK_NOTHROW(parse_request(request));
}

TEST_CASE("what A1111's text asks for and cannot be had is listed") {
    struct Case {
        std::string more, warning;
    };
    for (const Case &each : std::vector<Case>{
             {"Hires upscale: 2, Hires steps: 10, Hires upscaler: Latent, Denoising strength: 0.5",
              "the hires pass (Hires upscale: 2, Hires steps: 10, Hires upscaler: Latent)"},
             {"Face restoration: GFPGAN", "Face restoration: GFPGAN is left out"},
             {"ControlNet 0: \"Module: canny, Weight: 1\"", "ControlNet 0: Module: canny, Weight: 1 is left out"},
             {"Schedule type: Nowhere", "no schedule here is called \"Nowhere\""},
             {"Sigma churn: 3", "Sigma churn: 3 is left out"},
             {"Eta: 7", "sampler_params.eta is left out"},
             {"Model: unknown", "model is left out: there is no model"},
             {"VAE: unknown.pt", "vae is left out"},
             {"TI hashes: \"hand: 0123\"", "the embedding \"hand\" is not here"},
             {"Lora hashes: \"ink: 0123\"",
              "the LoRA \"ink\" is left out: the picture names it without saying its weight"},
             {"RNG: NV", "a graphics card's (RNG: NV)"},
             {"Clip skip: 1.5", "clip_skip is left out"}}) {
        CAPTURE(each.more);
        const auto [request, warnings] = Here().from_text("a fox\n" + settings_line(each.more));
        REQUIRE(warnings.size() == 1);
        CHECK_THAT(warnings[0], Catch::Contains(each.warning));
        CHECK(request.at("steps") == 12);
        CHECK_FALSE(request.contains("strength")); // of the hires pass
    }
    const auto tags = Here().from_text("a <hypernet:x:1>fox <lora:ink:1:dyn=8> <lora:gone:1>\n" + settings_line(""));
    CHECK(tags.request.at("prompt") == "a fox  ");
    REQUIRE(tags.warnings.size() == 3);
    CHECK_THAT(tags.warnings[0], Catch::Contains("<hypernet:x:1>"));
    CHECK_THAT(tags.warnings[1], Catch::Contains("dyn"));
    CHECK_THAT(tags.warnings[2], Catch::Contains("\"gone\""));
    const auto card = Here().from_text("a fox\nSteps: 12, Sampler: Euler a, Seed: 18, Version: v1.9.4");
    REQUIRE(card.warnings.size() == 1);
    CHECK_THAT(card.warnings[0], Catch::Contains("RNG: GPU"));
}

TEST_CASE("what is here and cannot be used is left out of a picture's settings, with the reason") {
    Here here;
    here.catalogue.loras.back().ready = false;
    here.catalogue.loras.back().reason = "half a pair is missing";
    here.catalogue.models.front().ready = false;
    here.catalogue.models.front().reason = "its VAE is missing";
    const auto found =
        here.from_text("a fox <lora:neon-v2:1>\n" + settings_line(", Model: " + here.catalogue.models.front().id));
    CHECK(found.request.at("prompt") == "a fox ");
    CHECK_FALSE(found.request.contains("model"));
    REQUIRE(found.warnings.size() == 2);
    const std::string all = found.warnings[0] + "\n" + found.warnings[1];
    CHECK_THAT(all, Catch::Contains("half a pair is missing") && Catch::Contains("its VAE is missing"));
}

TEST_CASE("whole numbers of a picture may be written as others write them") {
    json made = metadata();
    made["width"] = 64.0;
    const auto found = Here().from_metadata(made);
    CHECK(found.request.at("width") == 64);
    CHECK_NOTHROW(parse_request(found.request));
}

TEST_CASE("a word inside a LoRA is here") {
    Here here;
    EmbeddingEntry word;
    word.id = "neon-v2:zork";
    word.name = "zork";
    here.catalogue.loras.back().bundled = {word};
    json made = metadata();
    made["embeddings"] = {{{"id", "neon-v2:zork"}, {"name", "zork"}, {"sha256", ""}}};
    CHECK(here.from_metadata(made).warnings.empty());
    made["embeddings"][0]["id"] = made["embeddings"][0]["name"] = "gone";
    CHECK(here.from_metadata(made).warnings.size() == 1);
}

TEST_CASE("from_image gives what the request leaves out") {
    const Here here;
    json made = metadata();
    made["strength"] = 0.4;
    const PictureTexts texts{{"ablerefusal", made.dump()}, {"parameters", "x\n" + settings_line("")}};
    const auto filled = here.filled({{"from_image", some_png}, {"steps", 3}, {"seed", 1}}, texts);
    CHECK(filled.request.at("steps") == 3);
    CHECK(filled.request.at("seed") == 1);
    CHECK(filled.request.at("prompt") == "a fox");
    CHECK_FALSE(filled.request.contains("from_image"));
    REQUIRE(filled.warnings.size() == 1); // the picture it began from is not in it
    CHECK_THAT(filled.warnings[0], Catch::Contains("init_image"));
    CHECK(here.filled({{"from_image", some_png}, {"init_image", some_png}}, texts).request.at("strength") == 0.4);

    // Another sampler has other parameters; levels stand for steps and a schedule.
    const auto other = here.filled({{"from_image", some_png}, {"sampler", "DPM++ 2M Normal"}}, texts).request;
    CHECK_FALSE(other.contains("sampler_params"));
    CHECK_FALSE(other.contains("schedule"));
    const auto levels = here.filled({{"from_image", some_png}, {"sigmas", {1.0, 0.0}}}, texts).request;
    CHECK_FALSE(levels.contains("steps"));
    CHECK_NOTHROW(parse_request(levels));

    // The other text where ours is none.
    CHECK(here.filled({{"from_image", some_png}}, {{"ablerefusal", "{"}, {"parameters", texts.at("parameters")}})
              .request.at("prompt") == "x");
    CHECK(here.filled({{"prompt", "as it is"}}, {}).request == json{{"prompt", "as it is"}});
}

TEST_CASE("a picture without settings, and what is none, is refused with the reason") {
    const Here here;
    const auto message = [&](const json &picture, const PictureTexts &texts) -> std::string {
        try {
            here.filled({{"from_image", picture}}, texts);
        } catch (const RequestError &error) {
            return error.field() + ": " + error.what();
        }
        return "";
    };
    CHECK_THAT(message(some_png, {}), Catch::StartsWith("from_image: ") && Catch::Contains("carries no settings"));
    CHECK_THAT(message(some_png, {{"parameters", "a caption"}}), Catch::Contains("carries no settings"));
    CHECK_THAT(message("data:image/jpeg;base64,/9j/4AAQ", {}), Catch::Contains("not a PNG"));
    CHECK_THAT(message("/tmp/x.png", {}), Catch::Contains("base64"));
    CHECK_THAT(message(7, {}), Catch::Contains("must be a string"));
}

TEST_CASE("POST /generate takes from_image, and the same restores a form") {
    const fakes::HttpServer server;
    const json request{{"prompt", "a fox <lora:ink:0.5>"}, {"steps", 2}, {"seed", 7}};
    const std::string id = server.post("/api/v1/generate", request.dump()).json().at("id");
    fakes::eventually([&] { return server.get("/api/v1/generate/" + id).json().at("status") == "completed"; });
    const json picture{{"from_image", id + "-0"}};
    const json document = server.get("/api/v1/openapi.json").json();
    const auto fits = [&](const char *schema, const json &value) {
        return fakes::problem(document, {{"$ref", std::string("#/components/schemas/") + schema}}, value, schema);
    };

    // The fake worker's metadata is the prompt alone.
    const json restored = server.post("/api/v1/generate/restore", picture.dump()).json();
    CHECK(restored ==
          json{{"request", {{"prompt", "a fox <lora:ink:0.5>"}, {"seed", 7}}}, {"warnings", json::array()}});
    CHECK(fits("RestoredRequest", restored).empty());

    const std::map<std::string, std::string> key{{"Idempotency-Key", "k"}};
    const auto accepted = server.send("POST", "/api/v1/generate", picture.dump(), key);
    REQUIRE(accepted.status == 202);
    CHECK(accepted.json().at("warnings") == json::array());
    CHECK(fits("Accepted", accepted.json()).empty());
    CHECK(server.send("POST", "/api/v1/generate", picture.dump(), key).json().at("id") == accepted.json().at("id"));
    fakes::eventually([&] { return server.script->runs == 2; });
    const auto asked = server.script->seen().at(1);
    CHECK(asked.seed == 7);
    REQUIRE(asked.prompts.at(0).loras.size() == 1);
    CHECK(asked.prompts.at(0).loras[0].unet_weight == 0.5);

    for (const json &bad : {json{{"from_image", "gone-0"}}, json{{"from_image", 1}}}) {
        const auto reply = server.post("/api/v1/generate", bad.dump());
        CHECK(reply.status == 400);
        CHECK(reply.json().at("error").at("field") == "from_image");
    }
    CHECK(server.post("/api/v1/generate/restore", R"({"prompt": "x"})").status == 400);
}

// tools/infotext/make.py
TEST_CASE("texts of AUTOMATIC1111's web UI are read as it reads them") {
    const auto trimmed = [](const std::string &text) {
        const auto first = text.find_first_not_of(" \n");
        return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \n") + 1 - first);
    };
    const json cases = json::parse(std::ifstream(ABLE_SOURCE_DIR "/tests/unit/data/infotext.json"));
    REQUIRE(cases.size() > 20);
    for (const json &expected : cases) {
        INFO(expected.at("text").get<std::string>());
        const auto found = parse_a1111_parameters(expected.at("text").get<std::string>());
        CHECK(found.has_value() != expected.at("values").empty());
        if (!found) {
            continue;
        }
        CHECK(found->prompt == trimmed(expected.at("prompt")));
        CHECK(found->negative_prompt == trimmed(expected.at("negative_prompt")));
        CHECK(found->values.size() == expected.at("values").size());
        for (const auto &[name, value] : expected.at("values").items()) {
            const std::string *own = found->find(trimmed(name));
            CHECK((own != nullptr && *own == trimmed(value)));
        }
    }
}

} // namespace requests_picture_settings_test
