#include "temporary_folder.h"

#include "host/app/generate_request.h"
#include "host/server/requests/request.h"

#include <catch2/catch.hpp>

namespace generate_request_test {

using namespace able;
using app::GenerateFlags;
using nlohmann::json;

namespace {

json request_of(const std::vector<std::string> &arguments) {
    CLI::App command;
    const GenerateFlags flags(command);
    command.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend())); // CLI11 takes them from the back
    return flags.request();
}

std::string refusal_of(const std::vector<std::string> &arguments) {
    try {
        server::parse_request(request_of(arguments));
    } catch (const base::RequestError &error) {
        return app::explain(error);
    }
    return {};
}

} // namespace

TEST_CASE("flags become the request's fields, and only those that were given") {
    CHECK(request_of({"a fox"}) == json{{"prompt", "a fox"}});
    const json request = request_of({"--prompt",
                                     "a fox",
                                     "--negative-prompt",
                                     "rain",
                                     "--model",
                                     "org/name",
                                     "--width",
                                     "512",
                                     "--height",
                                     "768",
                                     "--steps",
                                     "30",
                                     "--cfg-scale",
                                     "6.5",
                                     "--seed",
                                     "42",
                                     "--batch-size",
                                     "3",
                                     "--sampler",
                                     "DPM++ 2M Karras",
                                     "--schedule",
                                     "karras",
                                     "--clip-skip",
                                     "2"});
    CHECK(request == json{{"prompt", "a fox"},
                          {"negative_prompt", "rain"},
                          {"model", "org/name"},
                          {"width", 512},
                          {"height", 768},
                          {"steps", 30},
                          {"cfg_scale", 6.5},
                          {"seed", 42},
                          {"batch_size", 3},
                          {"sampler", "DPM++ 2M Karras"},
                          {"schedule", "karras"},
                          {"clip_skip", 2}});
    CHECK_NOTHROW(server::parse_request(request));
}

TEST_CASE("an empty prompt is one that was given, and 20.0 is 20") {
    CHECK(request_of({""}) == json{{"prompt", ""}});
    CHECK(request_of({"--prompt", ""}) == json{{"prompt", ""}});
    CHECK(server::parse_request(request_of({"", "--steps", "20.0"})).steps == 20);
    CHECK_THAT(refusal_of({"--steps", "20"}), Catch::Contains("prompt is required"));
}

TEST_CASE("guidance, noise and levels have flags of their own") {
    const json request = request_of({"p",           "--guidance-rescale",
                                     "0.7",         "--perp-neg-scale",
                                     "1",           "--guidance-start",
                                     "0.1",         "--guidance-end",
                                     "0.8",         "--subseed",
                                     "7",           "--subseed-strength",
                                     "0.3",         "--seed-resize-from-width",
                                     "512",         "--seed-resize-from-height",
                                     "768",         "--eta-noise-seed-delta",
                                     "31337",       "--deep-cache-interval",
                                     "3",           "--deep-cache-branch",
                                     "1",           "--sigmas",
                                     "14.6,5,0.4,0"});
    CHECK(request == json{{"prompt", "p"},
                          {"guidance_rescale", 0.7},
                          {"perp_neg_scale", 1},
                          {"guidance_start", 0.1},
                          {"guidance_end", 0.8},
                          {"subseed", 7},
                          {"subseed_strength", 0.3},
                          {"seed_resize_from_width", 512},
                          {"seed_resize_from_height", 768},
                          {"eta_noise_seed_delta", 31337},
                          {"deep_cache_interval", 3},
                          {"deep_cache_branch", 1},
                          {"sigmas", {14.6, 5, 0.4, 0}}});
    CHECK_NOTHROW(server::parse_request(request));
}

TEST_CASE("parameters keep their types") {
    const json request = request_of({"p", "--sampler-param", "eta=0.5", "--sampler-param", "n=3", "--sampler-param",
                                     "fast=true", "--sampler-param", "mode=a=b", "--schedule-param", "rho=7"});
    CHECK(request.at("sampler_params") == json{{"eta", 0.5}, {"n", 3}, {"fast", true}, {"mode", "a=b"}});
    CHECK(request.at("schedule_params") == json{{"rho", 7}});
}

TEST_CASE("a LoRA's weight follows the last colon, if a number does") {
    CHECK(app::lora_json("fox") == json{{"name", "fox"}});
    CHECK(app::lora_json("fox:0.8") == json{{"name", "fox"}, {"weight", 0.8}});
    CHECK(app::lora_json("fox:-1") == json{{"name", "fox"}, {"weight", -1}});
    CHECK(app::lora_json("a:b") == json{{"name", "a:b"}});
    CHECK(app::lora_json("a:b:2") == json{{"name", "a:b"}, {"weight", 2}});
    CHECK(request_of({"p", "--lora", "a:1", "--lora", "b"}).at("loras").size() == 2);
}

TEST_CASE("a picture travels in the request as it is on the disk") {
    const TemporaryFolder folder;
    const std::string bytes("\x89PNG\r\n\x1a\n\0rest", 13);
    const auto file = folder.write("p.png", bytes);
    const auto request = server::parse_request(request_of({"p", "--init-image", file.string(), "--strength", "0.5"}));
    CHECK(std::string(request.init_image.begin(), request.init_image.end()) == bytes);
    CHECK(request.strength == 0.5);
    const auto masked = server::parse_request(
        request_of({"p", "--init-image", file.string(), "--mask", file.string(), "--mask-blur", "2", "--mask-invert",
                    "--mask-content", "fill", "--inpaint-region", "only_masked", "--inpaint-padding", "16"}));
    CHECK(masked.inpainting.mask == masked.init_image);
    CHECK(masked.inpainting.blur == 2);
    CHECK(masked.inpainting.invert);
    CHECK(masked.inpainting.content == "fill");
    CHECK(masked.inpainting.only_masked);
    CHECK(masked.inpainting.padding == 16);
}

TEST_CASE("refusals speak of flags") {
    const std::vector<std::pair<std::vector<std::string>, const char *>> cases = {
        {{}, "--prompt: "},
        {{"p", "--prompt", "q"}, "--prompt: the prompt is given twice"},
        {{"p", "--width", "65"}, "--width: "},
        {{"p", "--width", "abc"}, "--width: "},
        {{"p", "--steps", "1.5"}, "--steps: "},
        {{"p", "--seed", "18446744073709551616"}, "--seed: "},
        {{"p", "--cfg-scale", "99"}, "--cfg-scale: "},
        {{"p", "--lora", "a:99"}, "--lora: "},
        {{"p", "--sampler-param", "eta"}, "--sampler-param: \"eta\" is not of the form KEY=VALUE"},
        {{"p", "--sampler-param", "a=1", "--sampler-param", "a=2"}, "--sampler-param: a is given twice"},
        {{"p", "--guidance-rescale", "2"}, "--guidance-rescale: "},
        {{"p", "--guidance-start", "0.5", "--guidance-end", "0.5"}, "--guidance-end: "},
        {{"p", "--deep-cache-interval", "0"}, "--deep-cache-interval: "},
        {{"p", "--deep-cache-branch", "1"}, "--deep-cache-branch: does nothing without --deep-cache-interval"},
        {{"p", "--subseed", "7"}, "--subseed: does nothing without --subseed-strength"},
        {{"p", "--seed-resize-from-width", "512"}, "--seed-resize-from-height: "},
        {{"p", "--sigmas", "14.6,5"}, "--sigmas: sigmas must end with 0"},
        {{"p", "--sigmas", "14.6,x,0"}, "--sigmas: sigmas[1] must be a number"},
        {{"p", "--sigmas", ""}, "--sigmas: sigmas must have 2 to 151"},
        {{"p", "--sigmas", "14.6,0", "--steps", "1"}, "--steps: "},
        {{"p", "--init-image", "/nowhere/x.png"}, "--init-image: there is no file /nowhere/x.png"},
        {{"p", "--init-image", "/"}, "--init-image: "},
        {{"p", "--strength", "0.5"}, "--strength: does nothing without --init-image"},
        {{"p", "--mask", "/nowhere/x.png"}, "--mask: there is no file /nowhere/x.png"},
        {{"p", "--mask-invert"}, "--mask-invert: does nothing without --mask"},
        {{"p", "--inpaint-region", "whole"}, "--inpaint-region: does nothing without --mask"},
    };
    for (const auto &[arguments, expected] : cases) {
        INFO(expected);
        CHECK_THAT(refusal_of(arguments), Catch::StartsWith(expected));
    }
}

TEST_CASE("a refusal lists what there is and where to look") {
    using base::ErrorKind;
    CHECK(app::explain(
              {ErrorKind::invalid, "unknown_sampler", "no sampler is called \"x\"", "sampler", {"euler", "heun"}}) ==
          "--sampler: no sampler is called \"x\"\nthere are euler, heun\n`ablerefusal samplers` lists what there is");
    CHECK(app::explain({ErrorKind::invalid, "unknown_lora", "no", "loras[1].name"}) ==
          "--lora: no\n`ablerefusal loras` lists what there is");
    std::vector<std::string> many(100, "name");
    CHECK_THAT(app::explain({ErrorKind::invalid, "c", "no", "model", many}), Catch::Contains("name, ...\n"));
}

TEST_CASE("every field of the request can be set from the command line") {
    CLI::App command;
    const GenerateFlags flags(command);
    for (const server::Field &field : server::request_fields()) {
        INFO(field.name);
        // Previews have nowhere to be shown.
        if (std::string(field.name) != "preview") {
            CHECK(command.get_option_no_throw(app::flag_of_field(field.name)) != nullptr);
        }
    }
}

TEST_CASE("every field is documented: in OpenAPI, in --help and in docs/rest-api.md") {
    CLI::App command;
    const GenerateFlags flags(command);
    const std::string help = command.help();
    std::ifstream file(ABLE_SOURCE_DIR "/docs/rest-api.md");
    const std::string docs{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const json properties = server::request_schema().at("properties");
    for (const server::Field &field : server::request_fields()) {
        INFO(field.name);
        const std::string name = field.name;
        CHECK_FALSE(properties.at(name).at("description").get<std::string>().empty());
        CHECK_FALSE(properties.at(name).at("x-topic").get<std::string>().empty());
        CHECK(docs.find("\n| `" + name + "` |") != std::string::npos);
        if (name != "preview") {
            CHECK(help.find("\n  " + app::flag_of_field(name)) != std::string::npos);
        }
    }
}

TEST_CASE("a row is all that a new flag needs") {
    const auto known = server::request_fields();
    std::vector<server::Field> fields(known.begin(), known.end());
    fields.push_back({.name = "how_sparkling",
                      .type = server::FieldType::integer,
                      .help = "How much the image sparkles",
                      .value_name = "N",
                      .needs = "mask",
                      .max_integer = 9});
    CLI::App command;
    const GenerateFlags flags(command, fields);
    CHECK_THAT(command.help(),
               Catch::Contains("--how-sparkling N") && Catch::Contains("How much the image sparkles (0 to 9)"));
    command.parse(std::vector<std::string>{"7", "--how-sparkling", "p"}); // CLI11 takes them from the back
    CHECK_THROWS_WITH(flags.request(), "does nothing without --mask");
}

} // namespace generate_request_test
