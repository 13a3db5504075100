// Checkpoints in one file against folders of the same tensors, through the plugins' ABI.
#include "made_model.h"
#include "plugin_library.h"
#include "sampling_run.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace single_file_test {

using namespace able;
using namespace able::golden;

namespace {

able_model_probe probe(const able_source *source) {
    auto result = make_struct<able_model_probe>();
    REQUIRE(pipeline_for(source).probe(source, &result) == ABLE_OK);
    return result;
}

bool is_a_picture(const std::vector<float> &latents) {
    return std::all_of(latents.begin(), latents.end(), [](float value) { return std::isfinite(value); }) &&
           std::any_of(latents.begin(), latents.end(), [&](float value) { return value != latents.front(); });
}

} // namespace

TEST_CASE("a checkpoint in one file gives the latents of its folder, bit for bit") {
    struct Case {
        const char *family, *golden, *named, *variant;
        int32_t prediction;
        bool inpaints = false;
    };
    const auto entry = GENERATE(values<Case>({
        {"sd1", "tiny-sd15", "sd1", "base", ABLE_PREDICTION_EPSILON},
        {"sd2", "tiny-sd2", "sd2", "base", ABLE_PREDICTION_V},
        {"sdxl", "tiny-sdxl", "sdxl", "base", ABLE_PREDICTION_EPSILON},
        {"refiner", "tiny-sdxl-refiner", "sdxl", "refiner", ABLE_PREDICTION_EPSILON},
        {"sd1", "tiny-sd15-inpaint", "sd1", "inpaint", ABLE_PREDICTION_EPSILON, true},
        {"sdxl", "tiny-sdxl-inpaint", "sdxl", "inpaint", ABLE_PREDICTION_EPSILON, true},
    }));
    INFO(entry.family);
    const GoldenSet &golden = golden_set(entry.golden); // for its runs' prompts and noise
    MadeModel made(entry.family, entry.inpaints);
    for (const able_source *source : {made.file.abi(), made.folder.abi()}) {
        const able_model_probe found = probe(source);
        CHECK(std::string(found.family) == entry.named);
        CHECK(std::string(found.variant) == entry.variant);
    }
    LoadedModel file(golden, {}, made.file.abi(), pipeline_for(made.file.abi()));
    LoadedModel folder(golden, {}, made.folder.abi(), pipeline_for(made.folder.abi()));
    CHECK((file.inpaint() != nullptr) == entry.inpaints);
    CHECK(file.info().prediction == entry.prediction);
    CHECK(folder.info().prediction == entry.prediction);
    const Picture of_file = run(file, "euler_normal_negative");
    const Picture of_folder = run(folder, "euler_normal_negative");
    CHECK(is_a_picture(of_file.latents));
    CHECK(of_file.latents == of_folder.latents);
    CHECK(of_file.pixels == of_folder.pixels);
}

TEST_CASE("a checkpoint in one file that no pipeline can load is refused with the reason") {
    MadeModel made("sd1");
    made.file.add("edm_mean", {4}, std::vector<uint16_t>(4));
    const able_source *source = made.file.abi();
    for (const char *id : {"sd15", "sdxl"}) {
        auto found = make_struct<able_model_probe>();
        REQUIRE(pipeline(id).probe(source, &found) == ABLE_OK);
        CHECK(found.score == 0);
        CHECK_THAT(found.why, Catch::Contains("EDM"));
        CHECK_THROWS_WITH(LoadedModel(sd15_set(), {}, source, pipeline(id)), Catch::Contains("EDM"));
    }
}

} // namespace single_file_test
