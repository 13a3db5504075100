// What POST /generate accepts, and what it says of the rest.
#include "host/base/base64.h"
#include "host/base/strict_json.h"
#include "host/server/requests/default_model.h"
#include "host/server/requests/request.h"
#include "host/server/requests/resolve.h"

#include "server_fakes.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace requests_request_test {

using namespace able::base;
using namespace able::server;
using nlohmann::json;

namespace {

// The error that a body gets before any name is looked up.
RequestError error_of(const std::string &body) {
    try {
        parse_request(parse_strict_json(body));
    } catch (const RequestError &error) {
        return error;
    }
    FAIL("accepted: " << body.substr(0, 200));
    throw std::logic_error("unreachable");
}

Request accepted(const std::string &body) {
    return parse_request(parse_strict_json(body));
}

RequestError resolve_error(const std::string &body, const able::server::Catalogue &catalogue = fakes::catalogue(),
                           const able::config::Config &config = {}) {
    const able::plugins::Registry registry(fakes::plugin_files());
    try {
        resolve(accepted(body), registry, catalogue, config);
    } catch (const RequestError &error) {
        return error;
    }
    FAIL("resolved: " << body);
    throw std::logic_error("unreachable");
}

able::protocol::Generate resolved(const std::string &body) {
    const able::plugins::Registry registry(fakes::plugin_files());
    return resolve(accepted(body), registry, fakes::catalogue(), {});
}

std::string with(const std::string &member) {
    return R"({"prompt": "a fox", )" + member + "}";
}

} // namespace

TEST_CASE("a request of a prompt alone has the documented defaults") {
    const Request request = accepted(R"({"prompt": "a fox"})");
    CHECK(request.prompt == "a fox");
    CHECK(request.steps == 20);
    CHECK(request.cfg_scale == 7.5);
    CHECK(request.seed == -1);
    CHECK(request.batch_size == 1);
    CHECK(request.sampler == "euler_a");
    CHECK(request.strength == 0.75);
    CHECK_FALSE(request.model);
    CHECK_FALSE(request.width);
}

TEST_CASE("the documented defaults are those that validation uses") {
    // Sending every default spelled out changes nothing.
    json body{{"prompt", "x"}};
    for (const Field &field : request_fields()) {
        if (!field.default_value.is_null()) {
            body[field.name] = field.default_value;
        }
    }
    const Request spelled = parse_request(body);
    const Request plain = accepted(R"({"prompt": "x"})");
    CHECK(spelled.steps == plain.steps);
    CHECK(spelled.cfg_scale == plain.cfg_scale);
    CHECK(spelled.seed == plain.seed);
    CHECK(spelled.batch_size == plain.batch_size);
    CHECK(spelled.sampler == plain.sampler);
    CHECK(spelled.strength == plain.strength);
    CHECK(able::base::to_document(spelled.inpainting) == able::base::to_document(plain.inpainting));
    CHECK(spelled.preview == plain.preview);
    CHECK(spelled.negative_prompt == plain.negative_prompt);
}

TEST_CASE("a bad value is refused with the name of its field") {
    struct Case {
        std::string member, field, code;
    };
    const std::string long_text(10'001, 'x');
    const std::vector<Case> cases{
        {R"("width": 65)", "width", "invalid_value"},
        {R"("width": 56)", "width", "out_of_range"},
        {R"("height": 2056)", "height", "out_of_range"},
        {R"("width": "512")", "width", "wrong_type"},
        {R"("width": 512.5)", "width", "wrong_type"},
        {R"("width": 513.0)", "width", "invalid_value"},
        {R"("width": 1e30)", "width", "out_of_range"},
        {R"("width": 1e4)", "width", "out_of_range"},
        {R"("width": true)", "width", "wrong_type"},
        {R"("width": null)", "width", "wrong_type"},
        {R"("width": [512])", "width", "wrong_type"},
        {R"("steps": 0)", "steps", "out_of_range"},
        {R"("steps": 151)", "steps", "out_of_range"},
        {R"("steps": 1.5)", "steps", "wrong_type"},
        {R"("steps": "7")", "steps", "wrong_type"},
        {R"("steps": true)", "steps", "wrong_type"},
        {R"("steps": -1)", "steps", "out_of_range"},
        {R"("seed": 18446744073709551616)", "seed", "out_of_range"},
        {R"("seed": 18446744073709551615)", "seed", "out_of_range"},
        {R"("seed": 9223372036854775808)", "seed", "out_of_range"},
        {R"("seed": -2)", "seed", "out_of_range"},
        {R"("seed": -18446744073709551616)", "seed", "out_of_range"},
        {R"("seed": 1e-3)", "seed", "wrong_type"},
        {R"("seed": 9223372036854775807, "batch_size": 2)", "seed", "out_of_range"},
        {R"("cfg_scale": 0.5)", "cfg_scale", "out_of_range"},
        {R"("cfg_scale": 31)", "cfg_scale", "out_of_range"},
        {R"("cfg_scale": "7")", "cfg_scale", "wrong_type"},
        {R"("cfg_scale": false)", "cfg_scale", "wrong_type"},
        {R"("batch_size": 0)", "batch_size", "out_of_range"},
        {R"("batch_size": 11)", "batch_size", "out_of_range"},
        {R"("strength": 1.01)", "strength", "out_of_range"},
        {R"("strength": -0.01)", "strength", "out_of_range"},
        {R"("clip_skip": 0)", "clip_skip", "out_of_range"},
        {R"("clip_skip": 13)", "clip_skip", "out_of_range"},
        {R"("preview": -1)", "preview", "out_of_range"},
        {R"("negative_prompt": ")" + long_text + R"(")", "negative_prompt", "out_of_range"},
        {R"("negative_prompt": 7)", "negative_prompt", "wrong_type"},
        {R"("negative_prompt": "a\u0000b")", "negative_prompt", "invalid_value"},
        {R"("model": "")", "model", "out_of_range"},
        {R"("sampler": 1)", "sampler", "wrong_type"},
        {R"("sampler_params": [])", "sampler_params", "wrong_type"},
        {R"("loras": {})", "loras", "wrong_type"},
        {R"("loras": [1])", "loras[0]", "wrong_type"},
        {R"("loras": [{}])", "loras[0]", "missing_field"},
        {R"("loras": [{"name": "a", "path": "b"}])", "loras[0]", "missing_field"},
        {R"("loras": [{"name": "a", "weight": "1"}])", "loras[0].weight", "wrong_type"},
        {R"("loras": [{"name": "a", "weight": 11}])", "loras[0].weight", "out_of_range"},
        {R"("loras": [{"name": "a", "wieght": 1}])", "loras[0].wieght", "unknown_field"},
        {R"("loras": [{"name": "a", "block_weights": 1}])", "loras[0].block_weights", "wrong_type"},
        {R"("loras": [{"name": "a", "block_weights": [1, 0]}])", "loras[0].block_weights", "out_of_range"},
        {R"("loras": [{"name": "a", "block_weights": [1,0,0,0,0,0,0,0,0,0,0,11]}])", "loras[0].block_weights[11]",
         "out_of_range"},
        {R"("loras": [{"name": "a", "block_weights": [1,0,0,0,0,0,0,0,0,0,0,"0"]}])", "loras[0].block_weights[11]",
         "wrong_type"},
        {R"("masks": "x")", "masks", "unknown_field"},
        {R"("init_image": "/etc/passwd")", "init_image", "invalid_value"},
        {R"("init_image": "file:///etc/passwd")", "init_image", "invalid_value"},
        {R"("init_image": "aGVsbG8=")", "init_image", "invalid_value"},
        {R"("init_image": "iVBORw0KGgo")", "init_image", "invalid_value"},
        {R"("init_image": "data:image/png,iVBORw0KGgo=")", "init_image", "invalid_value"},
        {R"("init_image": 1)", "init_image", "wrong_type"},
        {R"("mask": "iVBORw0KGgoBAg==")", "mask", "missing_field"},
        {R"("mask": "/etc/passwd")", "mask", "invalid_value"},
        {R"("mask": "aGVsbG8=")", "mask", "invalid_value"},
        {R"("mask": {})", "mask", "wrong_type"},
        {R"("mask_blur": 65)", "mask_blur", "out_of_range"},
        {R"("mask_blur": 1.5)", "mask_blur", "wrong_type"},
        {R"("mask_invert": "yes")", "mask_invert", "wrong_type"},
        {R"("mask_invert": 1)", "mask_invert", "wrong_type"},
        {R"("mask_content": "blur")", "mask_content", "invalid_value"},
        {R"("mask_content": 1)", "mask_content", "wrong_type"},
        {R"("inpaint_region": "Whole")", "inpaint_region", "invalid_value"},
        {R"("inpaint_padding": -1)", "inpaint_padding", "out_of_range"},
        {R"("widht": 512)", "widht", "unknown_field"},
        {R"("vae": 7)", "vae", "wrong_type"},
        {R"("refiner": "")", "refiner", "out_of_range"},
        {R"("refiner_start": 1.5)", "refiner_start", "out_of_range"},
        {R"("extra_params": {})", "extra_params", "unknown_field"},
    };
    for (const Case &bad : cases) {
        CAPTURE(bad.member.substr(0, 80));
        const RequestError error = error_of(with(bad.member));
        CHECK(error.kind() == ErrorKind::invalid);
        CHECK(error.field() == bad.field);
        CHECK(error.code() == bad.code);
        // The message alone tells where to look.
        const std::string name = bad.field.substr(0, bad.field.find_first_of("[."));
        CHECK(std::string(error.what()).find(name) != std::string::npos);
    }
}

TEST_CASE("a prompt is required and counted in characters, not bytes") {
    CHECK(error_of("{}").field() == "prompt");
    std::string snow;
    for (int i = 0; i < 10'000; ++i) {
        snow += "☃";
    }
    CHECK(accepted(R"({"prompt": ")" + snow + R"("})").prompt.size() == 30'000);
    CHECK(error_of(R"({"prompt": ")" + snow + R"(☃"})").code() == "out_of_range");
}

TEST_CASE("the limits themselves are accepted") {
    for (const char *member :
         {R"("width": 64)", R"("height": 2048)", R"("steps": 150)", R"("cfg_scale": 30)", R"("cfg_scale": 1.5)",
          R"("seed": 9223372036854775807)", R"("seed": 0)", R"("batch_size": 10)", R"("clip_skip": 12)",
          R"("strength": 0)", R"("strength": 1)", R"("loras": [{"name": "a"}, {"path": "b", "weight": -0.5}])",
          R"("loras": [{"name": "a", "block_weights": [1,0,0,0,0,0.5,0,0,0,0,0,-1]}])"}) {
        CAPTURE(member);
        CHECK_NOTHROW(accepted(with(member)));
    }
    CHECK(accepted(with(R"("seed": 9223372036854775807)")).seed == INT64_MAX);
}

TEST_CASE("a whole number may be written as a fraction") {
    CHECK(accepted(with(R"("steps": 20.0)")).steps == 20);
    CHECK(accepted(with(R"("width": 512.0)")).width == 512U);
    CHECK(accepted(with(R"("seed": 1e3)")).seed == 1000);
    CHECK(accepted(with(R"("seed": -1.0)")).seed == -1);
    CHECK(accepted(with(R"("subseed": -1.0)")).subseed == std::nullopt);
}

TEST_CASE("an empty prompt is a prompt, and none at all is a mistake") {
    CHECK(accepted(R"({"prompt": ""})").prompt.empty());
    CHECK(error_of("{}").code() == "missing_field");
}

TEST_CASE("a strength that leaves no step is refused with both fields, and 0 takes none") {
    const std::string png = encode_base64(std::vector<std::uint8_t>{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2});
    const auto with_picture = [&](const std::string &members) {
        return R"({"prompt": "a fox", "init_image": ")" + png + R"(", )" + members + "}";
    };
    struct Case {
        const char *members, *named;
    };
    for (const auto &[members, named] :
         {Case{R"("strength": 0.04)", "strength 0.04 with steps 20"},
          Case{R"("strength": 0.8, "steps": 1)", "strength 0.8 with steps 1"},
          Case{R"("strength": 0.2, "sigmas": [10, 5, 1, 0])", "the 3 steps of sigmas"}}) {
        CAPTURE(members);
        const RequestError error = resolve_error(with_picture(members));
        CHECK(error.field() == "strength");
        CHECK_THAT(error.what(), Catch::Contains(named) && Catch::Contains("raise strength or steps"));
    }
    CHECK(resolved(with_picture(R"("strength": 0)")).strength == 0);
    CHECK(resolved(with_picture(R"("strength": 0.05)")).strength == 0.05);
    CHECK(resolved(R"({"prompt": "a fox", "strength": 0.01})").strength == 0.01); // no picture, no effect
}

TEST_CASE("an initial image comes as base64 or as a data URL") {
    const std::string png = encode_base64(std::vector<std::uint8_t>{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2});
    CHECK(accepted(with(R"("init_image": ")" + png + R"(")")).init_image.size() == 10);
    CHECK(accepted(with(R"("init_image": "data:image/png;base64,)" + png + R"(")")).init_image.size() == 10);
    // As `base64` and mail programs break it, and as an editor leaves it.
    for (const std::string &text : {png.substr(0, 4) + R"(\r\n)" + png.substr(4) + R"(\n)", "  " + png + R"(\t)",
                                    R"( \n data:image/png;base64, )" + png.substr(0, 7) + R"(\n)" + png.substr(7)}) {
        CAPTURE(text);
        CHECK(accepted(with(R"("init_image": ")" + text + R"(")")).init_image.size() == 10);
    }
    const json shown = without_images(json{{"prompt", "x"}, {"init_image", png}});
    CHECK(shown.at("init_image") == "(16 characters)");
}

TEST_CASE("a mask comes with the picture that it is laid over") {
    const std::string png = encode_base64(std::vector<std::uint8_t>{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2});
    const std::string body = R"({"prompt": "a fox", "init_image": ")" + png + R"(", "mask": ")" + png +
                             R"(", "mask_blur": 0, "mask_invert": true, "mask_content": "zeros", )" +
                             R"("inpaint_region": "only_masked", "inpaint_padding": 256})";
    CHECK(accepted(body).inpainting.mask.size() == 10);
    const auto inpainting = resolved(body).inpainting;
    CHECK(inpainting.mask.size() == 10);
    CHECK(inpainting.blur == 0);
    CHECK(inpainting.invert);
    CHECK(inpainting.only_masked);
    CHECK(inpainting.padding == 256);
    CHECK(inpainting.content == "zeros");
    CHECK_FALSE(resolved(R"({"prompt": "a fox"})").inpainting.only_masked);
    CHECK(without_images(json{{"prompt", "x"}, {"mask", png}}).at("mask") == "(16 characters)");
    CHECK(error_of(with(R"("mask_content": "blur")")).allowed() ==
          std::vector<std::string>{"original", "fill", "noise", "zeros"});
    CHECK_THAT(error_of(with(R"("mask": ")" + png + R"(")")).what(), Catch::Contains("there is no init_image"));
}

TEST_CASE("malformed, ambiguous and oversized JSON is refused") {
    CHECK(error_of("").code() == "invalid_json");
    CHECK(error_of("{").code() == "invalid_json");
    CHECK(error_of("[1]").code() == "wrong_type");
    CHECK(error_of(R"("text")").code() == "wrong_type");
    CHECK(error_of(R"({"prompt": "a"} x)").code() == "invalid_json");
    CHECK(error_of("{\"prompt\": \"\xff\"}").code() == "invalid_json");
    CHECK(error_of(R"({"prompt": "a", "cfg_scale": NaN})").code() == "invalid_json");
    CHECK(error_of(R"({"prompt": "a", "cfg_scale": 1e999})").code() == "invalid_json");
    CHECK(error_of(R"({"prompt": "a", "prompt": "b"})").code() == "duplicate_key");
    CHECK(error_of(with(R"("sampler_params": {"eta": 1, "eta": 0})")).code() == "duplicate_key");
    CHECK(error_of(with(R"("sampler_params": )" + std::string(50, '[') + std::string(50, ']'))).code() == "json_limit");
    std::string many = "[";
    for (int i = 0; i < 20'000; ++i) {
        many += "{},";
    }
    CHECK(error_of(many + "{}]").code() == "json_limit");
}

TEST_CASE("base64 is canonical or refused") {
    const auto text = [](std::string_view encoded) {
        const auto bytes = decode_base64(encoded);
        return bytes ? std::string(bytes->begin(), bytes->end()) : "refused";
    };
    // RFC 4648, section 10.
    CHECK(text("") == "");
    CHECK(text("Zg==") == "f");
    CHECK(text("Zm8=") == "fo");
    CHECK(text("Zm9vYmFy") == "foobar");
    for (const char *bad : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm 8", "Zm8=\n", "Zm-_", "====", "Zg==Zg=="}) {
        CAPTURE(bad);
        CHECK(text(bad) == "refused");
    }
    for (std::size_t length = 0; length < 20; ++length) {
        std::vector<std::uint8_t> bytes(length);
        for (std::size_t i = 0; i < length; ++i) {
            bytes[i] = static_cast<std::uint8_t>(i * 37 + 200);
        }
        CHECK(decode_base64(encode_base64(bytes)) == bytes);
    }
}

TEST_CASE("only valid UTF-8 has a length") {
    CHECK(count_code_points("aé☃🦊") == 4);
    for (const char *bad :
         {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3"}) {
        CHECK_FALSE(count_code_points(bad));
    }
}

TEST_CASE("names that do not exist are refused with those that do") {
    const auto model = resolve_error(with(R"("model": "no-such")"));
    CHECK(model.field() == "model");
    CHECK(model.code() == "unknown_model");
    CHECK(model.allowed() == std::vector<std::string>{"tiny-sd15"});
    for (const char *path : {"../tiny-sd15", "/models/tiny-sd15", "../../etc/passwd", "tiny-sd15/../x", "C:\\\\x"}) {
        CAPTURE(path);
        CHECK(resolve_error(with(R"("model": ")" + std::string(path) + R"(")")).code() == "unknown_model");
    }
    const auto sampler = resolve_error(with(R"("sampler": "eulr")"));
    CHECK(sampler.field() == "sampler");
    CHECK(sampler.allowed() == std::vector<std::string>{"euler_a", "dpmpp_2m"});
    const auto schedule = resolve_error(with(R"("schedule": "kerras")"));
    CHECK(schedule.field() == "schedule");
    CHECK(schedule.allowed() == std::vector<std::string>{"normal", "karras"});
    const auto lora = resolve_error(with(R"("loras": [{"name": "../../etc/passwd"}])"));
    CHECK(lora.field() == "loras[0]");
    CHECK(lora.code() == "unknown_lora");
    CHECK(resolve_error(with(R"("loras": [{"path": "/etc/passwd"}])")).code() == "unknown_lora");
    CHECK(resolve_error(with(R"("loras": [{"name": "ink"}, {"name": "styles/ink"}])")).field() == "loras[1]");
}

TEST_CASE("samplers and schedules resolve by id, alias and combined name") {
    CHECK(resolved(R"({"prompt": "x"})").sampler == "euler_a");
    CHECK(resolved(R"({"prompt": "x"})").schedule == "normal");
    const auto combined = resolved(with(R"("sampler": "DPM++ 2M Karras")"));
    CHECK(combined.sampler == "dpmpp_2m");
    CHECK(combined.schedule == "karras");
    CHECK(resolved(with(R"("sampler": "Euler a", "schedule": "Karras")")).schedule == "karras");
    CHECK(resolve_error(with(R"("sampler": "DPM++ 2M Karras", "schedule": "normal")")).field() == "schedule");
}

TEST_CASE("parameters are checked against the plugin's own description") {
    CHECK(resolved(with(R"("sampler_params": {"eta": 0.5})")).sampler_params.at("eta") == 0.5);
    const auto unknown = resolve_error(with(R"("sampler_params": {"etta": 0.5})"));
    CHECK(unknown.field() == "sampler_params.etta");
    CHECK(unknown.allowed() == std::vector<std::string>{"eta"});
    CHECK(resolve_error(with(R"("sampler_params": {"eta": 2})")).field() == "sampler_params.eta");
    CHECK(resolve_error(with(R"("schedule_params": {"rho": 7})")).field() == "schedule_params.rho");
}

TEST_CASE("the default model is the configured one or the only usable one") {
    auto catalogue = fakes::catalogue();
    catalogue.models.push_back(fakes::model("broken", false));
    const able::plugins::Registry registry(fakes::plugin_files());
    const Request request = accepted(R"({"prompt": "x"})");
    CHECK(resolve(request, registry, catalogue, {}).model_id == "tiny-sd15");
    const auto unready = resolve_error(with(R"("model": "broken")"), catalogue);
    CHECK(unready.code() == "model_not_ready");
    CHECK(std::string(unready.what()).find("its VAE is missing") != std::string::npos);

    catalogue.models.push_back(fakes::model("org/second"));
    CHECK(resolve_error(R"({"prompt": "x"})", catalogue).code() == "missing_field");
    able::config::Config config;
    config.models.default_model = "org/second";
    CHECK(resolve(request, registry, catalogue, config).model_id == "org/second");
    CHECK(resolve_error(R"({"prompt": "x"})", able::server::Catalogue()).code() == "model_not_ready");
}

TEST_CASE("a bundled model is the default only while the user has none") {
    able::server::Catalogue catalogue;
    for (const char *id : {"shapes-a", "shapes-b"}) {
        catalogue.models.push_back(fakes::model(id));
        catalogue.models.back().bundled = true;
    }
    const able::config::Config config;
    CHECK(default_model(catalogue, config).id == "shapes-a");
    catalogue.models.front().ready = false;
    CHECK(default_model(catalogue, config).id == "shapes-b");
    catalogue.models.push_back(fakes::model("broken", false));
    CHECK(default_model(catalogue, config).id == "shapes-b");
    catalogue.models.push_back(fakes::model("own"));
    CHECK(default_model(catalogue, config).id == "own");
    catalogue.models.push_back(fakes::model("other"));
    CHECK(default_model(catalogue, config).ambiguous);
    CHECK(default_model(catalogue, config).id.empty());
}

TEST_CASE("size and batch obey the server's own limits") {
    CHECK(resolved(R"({"prompt": "x"})").width == 64);
    able::config::Config config;
    config.inference.max_resolution = 512;
    config.inference.max_batch_size = 2;
    CHECK(resolve_error(with(R"("width": 520)"), fakes::catalogue(), config).field() == "width");
    CHECK(resolve_error(with(R"("height": 1024)"), fakes::catalogue(), config).field() == "height");
    CHECK(resolve_error(with(R"("batch_size": 3)"), fakes::catalogue(), config).field() == "batch_size");
}

TEST_CASE("a seed of -1 draws one that every client can send back") {
    const auto first = resolved(R"({"prompt": "x"})").seed;
    const auto second = resolved(R"({"prompt": "x"})").seed;
    CHECK(first != second);
    CHECK(first < (std::uint64_t{1} << 53));
    CHECK(resolved(with(R"("seed": 42)")).seed == 42);
}

TEST_CASE("the schema lists every field that is accepted, and no other") {
    const json schema = request_schema();
    CHECK(schema.at("additionalProperties") == false);
    CHECK_FALSE(schema.contains("required")); // from_image gives all
    CHECK(schema.at("properties").at("prompt").at("x-left-out") == "that of from_image, without which it is required");
    CHECK(schema.at("properties").size() == request_fields().size());
    CHECK(schema.at("properties").at("width").at("multipleOf") == 8);
    CHECK(schema.at("properties").at("seed").at("maximum") == INT64_MAX);
    CHECK(schema.at("properties").at("mask").at("contentEncoding") == "base64");
    CHECK(schema.at("properties").at("mask_invert").at("type") == "boolean");
    CHECK(schema.at("properties").at("inpaint_region").at("enum") == json{"whole", "only_masked"});
}

} // namespace requests_request_test
