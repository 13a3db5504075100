// The VAE and the refiner that a request names, and jobs that cannot fit into memory.
#include "server_fakes.hpp"

#include "host/server/requests/request.h"
#include "host/server/requests/vae_refiner.h"

#include <catch2/catch.hpp>

namespace requests_vae_refiner_test {

using namespace able;
using namespace able::base;
using namespace able::server;
using nlohmann::json;

namespace {

server::Catalogue catalogue() {
    server::Catalogue result;
    for (const auto &[id, family] :
         {std::pair("base", "sdxl"), std::pair("refiner", "sdxl"), std::pair("other", "sd1")}) {
        auto entry = fakes::model(id);
        entry.family = family;
        result.models.push_back(entry);
    }
    auto flux = fakes::model("vae/flux.safetensors", false);
    flux.name = "flux";
    flux.reason = "it is for another family of models";
    result.models.push_back(flux);
    result.vaes = {fakes::model("vae/soft.safetensors"), fakes::model("vae/sharp")};
    result.vaes.front().name = "soft";
    return result;
}

protocol::Generate with_vae_and_refiner(const json &fields, bool refiners_lack_vaes = false) {
    json document = fields;
    document["prompt"] = "a fox";
    auto models = catalogue();
    for (auto &model : models.models) {
        if (refiners_lack_vaes && model.id == "refiner") {
            model.needs = {"vae"};
        }
    }
    protocol::Generate spec;
    spec.model_id = "base";
    const Request request = parse_request(document);
    static_cast<protocol::GenerateOptions &>(spec) = request;
    resolve_vae_and_refiner(spec, request, models.models.front(), models, {});
    return spec;
}

RequestError refused(const json &fields) {
    try {
        with_vae_and_refiner(fields);
    } catch (const RequestError &error) {
        return error;
    }
    FAIL("accepted: " << fields.dump());
    throw std::logic_error("unreachable");
}

constexpr std::uint64_t mebibyte = 1U << 20;

// 100 MiB of weights, and one MiB for each 64x64 of a picture.
server::ModelEntry known(const std::string &id) {
    auto entry = fakes::model(id);
    entry.memory = {100 * mebibyte, {{64 * 64, mebibyte}, {2048 * 2048, 1024 * mebibyte}}};
    return entry;
}

std::optional<RequestError> memory_refusal(std::uint32_t width, std::uint32_t height, const char *limit,
                                           const std::string &refiner = "") {
    server::Catalogue models;
    models.models = {known("base"), known("second")};
    std::vector<const server::ModelEntry *> wanted{&models.models.front()};
    if (!refiner.empty()) {
        wanted.push_back(find_model(models, refiner).entry);
    }
    config::Config config;
    config.inference.memory_limit = limit;
    try {
        check_memory(wanted, width, height, config);
    } catch (const RequestError &error) {
        return error;
    }
    return std::nullopt;
}

} // namespace

TEST_CASE("a model without an autoencoder takes the request's, else the configured one, else is refused",
          "[vae_refiner]") {
    auto models = catalogue();
    auto &model = models.models.front();
    model.needs = {"vae"};
    config::Config config;
    CHECK(find_vae_of(model, "soft", models, config)->id == "vae/soft.safetensors");
    try {
        find_vae_of(model, std::nullopt, models, config);
        FAIL("accepted");
    } catch (const RequestError &error) {
        CHECK(error.field() == "vae");
        CHECK_THAT(error.what(), Catch::Contains("no autoencoder of its own") && Catch::Contains("models.default_vae"));
        CHECK(error.allowed() == std::vector<std::string>{"vae/soft.safetensors", "vae/sharp"});
    }
    config.models.default_vae = "sharp";
    CHECK(find_vae_of(model, std::nullopt, models, config)->id == "vae/sharp");
    config.models.default_vae = "gone";
    CHECK_THROWS_WITH(find_vae_of(model, std::nullopt, models, config), Catch::Contains("there is no \"gone\""));
    model.needs.clear();
    CHECK(find_vae_of(model, std::nullopt, models, config) == nullptr);
}

TEST_CASE("a picture to start from needs an autoencoder with an encoder", "[vae_refiner]") {
    auto models = catalogue();
    models.vaes.front().encodes = false;
    json document{{"prompt", "a fox"}, {"vae", "soft"}};
    protocol::Generate spec;
    CHECK_NOTHROW(resolve_vae_and_refiner(spec, parse_request(document), models.models.front(), models, {}));
    auto request = parse_request(document);
    request.init_image = {1};
    CHECK_THROWS_WITH(resolve_vae_and_refiner(spec, request, models.models.front(), models, {}),
                      Catch::Contains("no encoder"));
    request.vae = "sharp";
    CHECK_NOTHROW(resolve_vae_and_refiner(spec, request, models.models.front(), models, {}));
}

TEST_CASE("an inpainting model needs an encoder for every picture, and a refiner an autoencoder") {
    auto models = catalogue();
    models.models.front().variant = "inpaint";
    models.vaes.front().encodes = false;
    protocol::Generate spec;
    const json document{{"prompt", "a fox"}, {"vae", "soft"}};
    CHECK_THROWS_WITH(resolve_vae_and_refiner(spec, parse_request(document), models.models.front(), models, {}),
                      Catch::Contains("needs for every picture"));
    CHECK_THROWS_WITH(with_vae_and_refiner({{"refiner", "refiner"}}, true),
                      Catch::Contains("\"refiner\" has no autoencoder"));
    CHECK_NOTHROW(with_vae_and_refiner({{"refiner", "refiner"}, {"vae", "sharp"}}, true));
}

TEST_CASE("a request's VAE and refiner are looked up in the catalogue") {
    const auto plain = with_vae_and_refiner(json::object());
    CHECK(plain.vae_path.empty());
    CHECK(plain.refiner_path.empty());
    const auto spec = with_vae_and_refiner({{"vae", "soft"}, {"refiner", "refiner"}, {"refiner_start", 0.7}});
    CHECK(spec.vae_id == "vae/soft.safetensors");
    CHECK(spec.vae_path == "/models/vae/soft.safetensors");
    CHECK(spec.refiner_id == "refiner");
    CHECK(spec.refiner_path == "/models/refiner");
    CHECK(spec.refiner_start == 0.7);
}

TEST_CASE("a VAE or a refiner that cannot be had is refused by its field, with what there is") {
    const auto unknown = refused({{"vae", "nothing"}});
    CHECK(unknown.field() == "vae");
    CHECK(unknown.code() == "unknown_vae");
    CHECK(unknown.allowed() == std::vector<std::string>{"vae/soft.safetensors", "vae/sharp"});
    CHECK_THAT(refused({{"vae", "base"}}).what(), Catch::Contains("not a VAE on its own"));
    CHECK_THAT(refused({{"vae", "flux"}}).what(), Catch::Contains("another family"));

    CHECK(refused({{"refiner", "nothing"}}).code() == "unknown_model");
    const auto other = refused({{"refiner", "other"}});
    CHECK(other.field() == "refiner");
    CHECK_THAT(other.what(), Catch::Contains("sd1") && Catch::Contains("sdxl"));
    CHECK(other.allowed() == std::vector<std::string>{"refiner"});
    CHECK_THAT(refused({{"refiner", "base"}}).what(), Catch::Contains("the model itself"));
    CHECK_THAT(refused({{"refiner", "flux"}}).what(), Catch::Contains("cannot be used"));
    for (const double start : {0.0, 1.0}) {
        CHECK(refused({{"refiner", "refiner"}, {"refiner_start", start}}).field() == "refiner_start");
    }
    CHECK(refused({{"refiner_start", 1.5}}).field() == "refiner_start");
}

TEST_CASE("a job that cannot fit is refused with the largest picture that does") {
    CHECK_FALSE(memory_refusal(512, 512, "200M"));
    const auto refusal = memory_refusal(1024, 1024, "200M");
    REQUIRE(refusal);
    CHECK(refusal->code() == "not_enough_memory");
    CHECK(refusal->field() == "width");
    // 100 MiB are left: a hundred of 64x64.
    CHECK_THAT(refusal->what(), Catch::Contains("640x640") && Catch::Contains("memory_limit"));
    CHECK_THAT(memory_refusal(2048, 1024, "200M")->what(), Catch::Contains("896x448"));

    const auto heavy = memory_refusal(64, 64, "90M");
    REQUIRE(heavy);
    CHECK(heavy->field() == "model");
    CHECK_THAT(heavy->what(), !Catch::Contains("picture of  at most"));

    const auto two = memory_refusal(512, 512, "200M", "second");
    REQUIRE(two);
    CHECK_THAT(two->what(), Catch::Contains("leave out the refiner"));
}

TEST_CASE("a model of which nothing is known is left to the worker") {
    server::Catalogue models;
    models.models = {fakes::model("base")};
    config::Config config;
    config.inference.memory_limit = "1M";
    CHECK_NOTHROW(check_memory({&models.models.front()}, 2048, 2048, config));
}

} // namespace requests_vae_refiner_test
