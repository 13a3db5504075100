// Pictures to latents and back, through the plugin.
#include "loaded_model.h"
#include "sampling_run.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>
#include <cmath>

namespace vae_test {

using namespace able;
using namespace able::golden;

namespace {

// The reference's test picture as the host would hand it over.
std::vector<float> init_picture() {
    const Array planes = array(index()["vae"]["encode"]["pixels"]); // [1, 3, 64, 64] in [-1, 1]
    const size_t size = 64 * 64;
    std::vector<float> pixels(3 * size);
    for (size_t i = 0; i < 3 * size; ++i) {
        pixels[i % size * 3 + i / size] = planes.values[i] * 0.5F + 0.5F;
    }
    return pixels;
}

} // namespace

TEST_CASE("decoded pictures agree with the reference's") {
    for (const auto &golden : golden_sets()) {
        for (const auto &entry : golden->index()["vae"]["decode"]) {
            INFO(golden->name() << " " << entry["name"]);
            const std::vector<float> pixels = shared_model(*golden).decode(golden->array(entry["latents"]));
            CHECK(share_within_one(pixels, golden->bytes(entry["image"])) == 1.0);
        }
    }
}

TEST_CASE("a picture without noise encodes to the mean, scaled as the model's config says") {
    for (const auto &golden : golden_sets()) {
        INFO(golden->name());
        std::vector<float> pixels = init_picture();
        const Array latents = shared_model(*golden).encode_image(pixels, 64, 64, nullptr);
        const auto &vae = golden->index()["vae"];
        Array mean = golden->array(vae["encode"]["mean"]);
        for (float &value : mean.values) {
            value *= vae["scaling_factor"].get<float>();
        }
        CHECK(latents.shape == mean.shape);
        CHECK(relative_error(latents.values, mean.values) < 1e-4);
    }
}

TEST_CASE("a picture with noise encodes to the reference's draw from the posterior") {
    for (const auto &golden : golden_sets()) {
        INFO(golden->name());
        const auto &entry = named(golden->index()["runs"], "img2img");
        std::vector<float> pixels = init_picture();
        const Array noise = golden->array(entry["posterior_noise"]);
        const Array latents = shared_model(*golden).encode_image(pixels, 64, 64, &noise);
        CHECK(relative_error(latents.values, golden->array(entry["init_latents"]).values) < 1e-4);
    }
}

TEST_CASE("pictures of a wrong size or with values that are no numbers are refused") {
    LoadedModel &model = tiny_model();
    std::vector<float> pixels(72 * 64 * 3, 0.5F);
    CHECK_THROWS_WITH(model.encode_image(pixels, 65, 64, nullptr),
                      Catch::Contains("65x64") && Catch::Contains("multiples of 8"));
    CHECK_THROWS_WITH(model.encode_image(pixels, 0, 64, nullptr), Catch::Contains("0x64"));
    const Array noise = array("noise/0/9x7");
    CHECK_THROWS_WITH(model.encode_image(pixels, 64, 64, &noise), Catch::Contains("[1, 4, 8, 8]"));
    pixels[5] = std::nanf("");
    CHECK_THROWS_WITH(model.encode_image(pixels, 64, 64, nullptr), Catch::Contains("not numbers"));
}

TEST_CASE("decode and preview check the picture that they fill") {
    LoadedModel &model = tiny_model();
    const Array latents = array("noise/0/8x8").at(0);
    const LoadedModel::Tensor in = model.tensor(latents);
    std::vector<float> pixels(64 * 64 * 3);
    auto image = make_struct<able_image>();
    image.width = 64;
    image.height = 56;
    image.pixels = pixels.data();
    able_model *abi = model.abi();
    CHECK(abi->decode(abi, in.get(), 0, &image, model.job().abi()) == ABLE_INVALID_ARGUMENT);
    CHECK_THAT(model.job().message(), Catch::Contains("64x64") && Catch::Contains("64x56"));
    CHECK(abi->decode(abi, in.get(), 1, &image, model.job().abi()) == ABLE_INVALID_ARGUMENT);
    CHECK(abi->preview(abi, in.get(), 0, &image) == ABLE_INVALID_ARGUMENT);

    image.width = image.height = 8;
    REQUIRE(abi->preview(abi, in.get(), 0, &image) == ABLE_OK);
    const double red = 0.3512 * latents.values[0] + 0.3250 * latents.values[64] - 0.2829 * latents.values[128] -
                       0.2120 * latents.values[192];
    CHECK(pixels[0] == Approx(std::clamp(red * 0.5 + 0.5, 0.0, 1.0)).margin(1e-6));
}

TEST_CASE("latents that are no numbers give an error, not a black picture") {
    Array latents = array("noise/0/8x8").at(0);
    latents.values[7] = std::nanf("");
    CHECK_THROWS_WITH(tiny_model().decode(latents), Catch::Contains("not numbers") && Catch::Contains("fp32"));
}

} // namespace vae_test
