// Another autoencoder in place of a model's own.
#include "loaded_model.h"
#include "made_model.h"
#include "overlay_source.h"
#include "plugin_library.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

namespace separate_vae_test {

using namespace able;
using namespace able::golden;

namespace {

std::shared_ptr<models::Source> vae_folder(const char *model) {
    return models::Source::open_vae_folder(data_folder() / model / "vae");
}

// The tensors of `base` whose names begin with `prefix`, without it, as a single file.
class VaeFile {
public:
    VaeFile(const able_source *base, const std::string &prefix) : overlay_(base) {
        for (uint64_t i = 0; const char *raw = base->tensor_name(base, i); ++i) {
            const std::string name(raw);
            if (name.starts_with(prefix)) {
                overlay_.rename(name, name.substr(prefix.size()));
            } else {
                overlay_.remove(name);
            }
        }
    }
    OverlaySource &overlay() { return overlay_; }
    const able_source *abi() {
        abi_ = *overlay_.abi();
        abi_.kind = ABLE_SOURCE_FILE;
        return &abi_;
    }

private:
    OverlaySource overlay_;
    able_source abi_{};
};

able_model_probe probe_vae(const able_source *source) {
    auto found = make_struct<able_model_probe>();
    REQUIRE(pipeline("sd15").probe(source, &found) == ABLE_OK);
    return found;
}

bool is_vae(const able_model_probe &found) {
    return found.kind == ABLE_PROBE_COMPONENT && found.fill_count == 1 && std::string(found.fills[0]) == ABLE_ROLE_VAE;
}

} // namespace

TEST_CASE("a model with another's autoencoder decodes and encodes as the other does") {
    const auto vae = vae_folder("tiny-sd2");
    CHECK(probe_vae(vae->abi()).score > 0);
    LoadedModel mixed({.vae = vae->abi()});
    LoadedModel &other = shared_model(golden_set("tiny-sd2"));
    const Array latents = array("noise/0/8x8").at(0);
    CHECK(mixed.decode(latents) == other.decode(latents));
    CHECK(mixed.decode(latents) != tiny_model().decode(latents));
    std::vector<float> picture(64 * 64 * 3, 0.25F);
    CHECK(mixed.encode_image(picture, 64, 64, nullptr).values == other.encode_image(picture, 64, 64, nullptr).values);
    CHECK(mixed.context(mixed.encode("a fox").get()).values ==
          tiny_model().context(tiny_model().encode("a fox").get()).values);
    CHECK(mixed.job().warnings().empty());
    CHECK(mixed.memory(0, 0, 0).resident == tiny_model().memory(0, 0, 0).resident);
}

TEST_CASE("an autoencoder in a single file is known by its tensors, with the names of either layout") {
    MadeModel made("sd1");
    LoadedModel own({}, made.folder.abi());
    const Array latents = array("noise/0/8x8").at(0);
    VaeFile ldm(made.file.abi(), "first_stage_model.");
    VaeFile named(made.folder.abi(), "vae.");
    for (VaeFile *vae : {&ldm, &named}) {
        CHECK(probe_vae(vae->abi()).score > 0);
        CHECK(is_vae(probe_vae(vae->abi())));
        LoadedModel model({.vae = vae->abi()}, made.folder.abi());
        CHECK(model.decode(latents) == own.decode(latents));
        CHECK(model.job().warnings().empty());
    }
}

TEST_CASE("an autoencoder of another family is refused in words") {
    const auto vae = vae_folder("tiny-sdxl");
    CHECK_THROWS_WITH(LoadedModel({.vae = vae->abi()}),
                      Catch::Contains("scaling_factor") && Catch::Contains("another family"));

    MadeModel made("sd1");
    VaeFile wide(made.folder.abi(), "vae.");
    const able_view &input = wide.overlay().view("decoder.conv_in.weight");
    wide.overlay().reshape("decoder.conv_in.weight", {input.shape[0] / 4, 16, 3, 3});
    const able_model_probe found = probe_vae(wide.abi());
    CHECK(found.score == 0);
    CHECK(is_vae(found));
    CHECK_THAT(found.why, Catch::Contains("another family"));
    CHECK_THROWS_WITH(LoadedModel({.vae = wide.abi()}, made.folder.abi()),
                      Catch::Contains("16 channels") && Catch::Contains("another family"));
}

TEST_CASE("what is no autoencoder is none") {
    CHECK_FALSE(is_vae(probe_vae(tiny_source())));
    const auto lora = models::Source::open_file(data_folder() / "loras/kohya.safetensors");
    CHECK(probe_vae(lora->abi()).score == 0);
    CHECK_FALSE(is_vae(probe_vae(lora->abi())));
    CHECK_THROWS_WITH(LoadedModel({.vae = lora->abi()}), Catch::Contains("no autoencoder"));
    // And an autoencoder alone is no model.
    auto found = make_struct<able_model_probe>();
    const auto vae = vae_folder("tiny-sd15");
    REQUIRE(pipeline("sd15").probe(vae->abi(), &found) == ABLE_OK);
    CHECK(found.kind == ABLE_PROBE_COMPONENT);
}

} // namespace separate_vae_test
