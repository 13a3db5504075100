// Which sources are taken for which family.
#include "loaded_model.h"
#include "overlay_source.h"
#include "plugin_library.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>
#include <map>

namespace probe_test {

using namespace able;
using namespace able::golden;

namespace {

able_model_probe probe(const able_source *source, const char *id = "sd15") {
    auto result = make_struct<able_model_probe>();
    REQUIRE(pipeline(id).probe(source, &result) == ABLE_OK);
    return result;
}

} // namespace

TEST_CASE("a base model is recognised by its tensors") {
    const able_model_probe found = probe(tiny_source());
    CHECK(found.score > 0);
    CHECK(std::string(found.family) == "sd1");
    CHECK(std::string(found.variant) == "base");
    CHECK(found.default_width == 64);
    OverlaySource bare(tiny_source());
    bare.text("unet/config.json", std::nullopt).text("model_index.json", std::nullopt);
    CHECK(probe(bare.abi()).score == found.score);
    CHECK(probe(bare.abi()).default_width == 512);
}

TEST_CASE("an inpainting model is recognised") {
    OverlaySource overlay(tiny_source());
    overlay.store("unet.conv_in.weight", ABLE_DTYPE_FLOAT, 32, std::vector<char>(4 * 16 * 9 * 9));
    overlay.reshape("unet.conv_in.weight", {16, 9, 3, 3}).config("unet/config.json", "in_channels", "9");
    const able_model_probe found = probe(overlay.abi());
    CHECK(found.score > 0);
    CHECK(std::string(found.variant) == "inpaint");
    const LoadedModel model({}, overlay.abi());
    CHECK(std::string(model.info().variant) == "inpaint");
    CHECK(model.inpaint() != nullptr);
    CHECK(tiny_model().inpaint() == nullptr);
}

TEST_CASE("other models are not taken for this one") {
    const std::string token = "text_encoder.text_model.embeddings.token_embedding.weight";
    struct Other {
        std::function<void(OverlaySource &)> change;
        const char *why;
    };
    const std::vector<Other> others{
        {[&](auto &o) { o.add("text_encoder_2.text_model.final_layer_norm.weight", token); }, "XL"},
        {[&](auto &o) { o.add("unet.add_embedding.linear_1.weight", token); }, "XL"},
        {[&](auto &o) { o.remove("unet.conv_in.weight"); }, "no UNet"},
        {[&](auto &o) { o.remove(token); }, "text encoder"},
        {[&](auto &o) {
             o.reshape(token, {994 / 2, 64});
         },
         "width"},
        {[&](auto &o) {
             o.store("unet.conv_in.weight", ABLE_DTYPE_FLOAT, 32, std::vector<char>(4 * 16 * 5 * 9))
                 .reshape("unet.conv_in.weight", {16, 5, 3, 3});
         },
         "neither 4 nor 9"},
    };
    for (const Other &other : others) {
        OverlaySource overlay(tiny_source());
        other.change(overlay);
        const able_model_probe found = probe(overlay.abi());
        INFO(other.why << " / " << found.why);
        CHECK(found.score == 0);
        CHECK_THAT(found.why, Catch::Contains(other.why));
    }
    const auto lora = models::Source::open_file(data_folder() / "loras/kohya.safetensors");
    CHECK(probe(lora->abi()).score == 0);
}

TEST_CASE("each pipeline takes its own models and no others") {
    struct Expected {
        const char *pipeline, *family, *variant;
    };
    const std::map<std::string, Expected> expected{
        {"tiny-sd15", {"sd15", "sd1", "base"}},
        {"tiny-sd15-inpaint", {"sd15", "sd1", "inpaint"}},
        {"tiny-sd2", {"sd15", "sd2", "base"}},
        {"tiny-sdxl", {"sdxl", "sdxl", "base"}},
        {"tiny-sdxl-inpaint", {"sdxl", "sdxl", "inpaint"}},
        {"tiny-sdxl-refiner", {"sdxl", "sdxl", "refiner"}},
    };
    REQUIRE(golden_sets().size() == expected.size());
    for (const auto &golden : golden_sets()) {
        INFO(golden->name());
        const Expected &own = expected.at(golden->name());
        for (const char *id : {"sd15", "sdxl"}) {
            const able_model_probe found = probe(golden->model(), id);
            CHECK((found.score > 0) == (std::string(id) == own.pipeline));
        }
        const able_model_probe found = probe(golden->model(), own.pipeline);
        CHECK(std::string(found.family) == own.family);
        CHECK(std::string(found.variant) == own.variant);
        CHECK(found.default_width == 64);
        CHECK(found.default_height == 64);
        const LoadedModel &model = shared_model(*golden);
        CHECK(std::string(model.info().family) == own.family);
        CHECK(std::string(model.info().variant) == own.variant);
    }
}

} // namespace probe_test
