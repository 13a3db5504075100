// Models trained to fill a hole: what they are shown beside the latents. Whole pictures are in sampling_test.cpp.
#include "loaded_model.h"
#include "plugin_library.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

#include <cmath>

namespace inpaint_test {

using namespace able;
using namespace able::golden;

namespace {

const GoldenSet &inpaint_set() {
    return golden_set("tiny-sd15-inpaint");
}

// The reference's test picture as the host would hand it over: [64, 64, 3] in [0, 1].
std::vector<float> init_picture(const GoldenSet &golden) {
    const Array planes = golden.array(golden.index()["vae"]["encode"]["pixels"]); // [1, 3, 64, 64] in [-1, 1]
    const size_t size = 64 * 64;
    std::vector<float> pixels(3 * size);
    for (size_t i = 0; i < 3 * size; ++i) {
        pixels[i % size * 3 + i / size] = planes.values[i] * 0.5F + 0.5F;
    }
    return pixels;
}

// One estimate of the clean latents beside `channels`.
std::vector<float> estimate(LoadedModel &model, const Array &channels) {
    const auto fox = model.encode("a red fox");
    const able_conditioning *const one[] = {fox.get()};
    const Array x = array("noise/0/8x8").at(0);
    const LoadedModel::Tensor in = model.tensor(x);
    const LoadedModel::Tensor out = model.tensor(x);
    const LoadedModel::Input shown = model.inpaint_input(channels);
    const able_input_use use{sizeof(able_input_use), ABLE_ALL_CONDITIONINGS, shown.get(), 0, 1};
    able_tensor *const outs[] = {out.get()};
    model.check(model.evaluate(in.get(), 2.0, one, outs, {&use, 1}));
    return model.values(out.get()).values;
}

} // namespace

TEST_CASE("an inpainting model is shown the mask, and the picture with grey under it") {
    for (const char *name : {"tiny-sd15-inpaint", "tiny-sdxl-inpaint"}) {
        INFO(name);
        const GoldenSet &golden = golden_set(name);
        LoadedModel &model = shared_model(golden);
        CHECK(std::string(model.info().variant) == "inpaint");
        CHECK(model.info().latent_channels == 4);
        const std::vector<float> ones(64 * 64, 1.0F);
        std::vector<float> picture = init_picture(golden);
        const Array blank = model.encode_inpaint(picture, 64, 64, ones, nullptr);
        CHECK(blank.shape == std::vector<int64_t>{1, 5, 8, 8});
        std::vector<float> grey(64 * 64 * 3, 0.5F);
        CHECK(blank.values == model.encode_inpaint(grey, 64, 64, ones, nullptr).values);
        for (size_t i = 0; i < 64; ++i) {
            CHECK(blank.values[i] == 1.0F);
        }
        // Without a hole it is the picture itself.
        const Array whole = model.encode_inpaint(picture, 64, 64, std::vector<float>(64 * 64, 0.49F), nullptr);
        Array mean = golden.array(golden.index()["vae"]["encode"]["mean"]);
        for (float &value : mean.values) {
            value *= golden.index()["vae"]["scaling_factor"].get<float>();
        }
        CHECK(relative_error({whole.values.begin() + 64, whole.values.end()}, mean.values) < 1e-4);
        CHECK(std::all_of(whole.values.begin(), whole.values.begin() + 64, [](float value) { return value == 0.0F; }));

        const auto &entry = golden.index()["inpaint"];
        const Array noise = golden.array(entry["noise"]);
        const Array mask = golden.array(entry["mask"]);
        const Array expected = golden.array(entry["channels"]);
        const Array shown = model.encode_inpaint(picture, 64, 64, mask.values, &noise);
        CHECK(shown.shape == expected.shape);
        CHECK(std::equal(shown.values.begin(), shown.values.begin() + 64, expected.values.begin()));
        CHECK(relative_error(shown.values, expected.values) < 1e-4);
    }
}

TEST_CASE("what an inpainting model is shown matters to it") {
    LoadedModel &model = shared_model(inpaint_set());
    const Array channels = inpaint_set().array(inpaint_set().index()["inpaint"]["channels"]);
    const std::vector<float> found = estimate(model, channels);
    for (const size_t changed : {size_t{9}, size_t{64 + 9}}) {
        Array other = channels;
        other.values[changed] = 1.0F - other.values[changed];
        CHECK(relative_error(estimate(model, other), found) > 1e-3);
    }
}

TEST_CASE("an inpainting model says what it lacks") {
    LoadedModel &model = shared_model(inpaint_set());
    const auto fox = model.encode("a red fox");
    const able_conditioning *const one[] = {fox.get()};
    CHECK_THROWS_WITH(model.denoise(array("noise/0/8x8").at(0), 2.0, one),
                      Catch::Contains("inpainting model") && Catch::Contains(ABLE_EXTENSION_INPAINT));
    const Array larger{{1, 5, 9, 8}, std::vector<float>(5 * 9 * 8)};
    CHECK_THROWS_WITH(estimate(model, larger), Catch::Contains("[1, 5, 9, 8]") && Catch::Contains("[1, 5, 8, 8]"));
    std::vector<float> picture = init_picture(inpaint_set());
    CHECK_THROWS_WITH(model.encode_inpaint(picture, 64, 64, {}, nullptr), Catch::Contains("no mask"));
    std::vector<float> mask(64 * 64, std::nanf(""));
    CHECK_THROWS_WITH(model.encode_inpaint(picture, 64, 64, mask, nullptr), Catch::Contains("not numbers"));
    CHECK_THROWS_WITH(model.encode_inpaint(picture, 60, 64, mask, nullptr), Catch::Contains("multiples of 8"));
}

} // namespace inpaint_test
