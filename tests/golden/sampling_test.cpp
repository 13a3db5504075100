// Whole pictures: our samplers, schedules, networks and decoder against the reference's runs.
#include "sampling_run.h"

#include <catch2/catch.hpp>

namespace sampling_test {

using namespace able::golden;

namespace {

bool has_loras(const nlohmann::json &entry) {
    return entry.contains("loras");
}

} // namespace

TEST_CASE("every reference run without adapters comes out the same") {
    for (const auto &golden : golden_sets()) {
        int runs = 0;
        for (const auto &entry : golden->index()["runs"]) {
            if (has_loras(entry)) {
                continue;
            }
            INFO(golden->name() << " " << entry["name"]);
            const Picture picture = run(shared_model(*golden), entry["name"]);
            const double error = relative_error(picture.latents, golden->array(entry["tensors"]["latents"]).values);
            CAPTURE(error);
            CHECK(picture.sigma_error < 1e-5);
            CHECK(error < 1e-3);
            CHECK(share_within_one(picture.pixels, golden->bytes(entry["tensors"]["image"])) >= 0.999);
            ++runs;
        }
        CHECK(runs >= (golden->name() == "tiny-sd15" ? 14 : 4));
    }
}

TEST_CASE("the same run gives the same bits, in one model and in another") {
    const Picture first = run(tiny_model(), "euler_a_normal");
    const Picture again = run(tiny_model(), "euler_a_normal");
    LoadedModel other;
    const Picture elsewhere = run(other, "euler_a_normal");
    CHECK(first.latents == again.latents);
    CHECK(first.pixels == again.pixels);
    CHECK(first.latents == elsewhere.latents);
    CHECK(first.pixels == elsewhere.pixels);
}

TEST_CASE("with several threads the same run gives the same bits too") {
    LoadedModel model({.device = "cpu", .dtype = "fp32", .threads = 2});
    const Picture first = run(model, "euler_normal_96x64");
    CHECK(run(model, "euler_normal_96x64").pixels == first.pixels);
    const std::vector<float> reference = array("run/euler_normal_96x64/latents").values;
    CHECK(relative_error(first.latents, reference) < 1e-3);
}

TEST_CASE("guidance beyond its scale comes out as in diffusers and in the papers") {
    for (const char *name : {"tiny-sd15", "tiny-sd2"}) {
        const GoldenSet golden(data_folder() / "guidance" / (std::string(name) + ".json"));
        int runs = 0;
        for (const auto &entry : golden.index()["runs"]) {
            const auto &request = entry["request"];
            if (!request.contains("guidance_rescale") && !request.contains("perp_neg_scale") &&
                !request.contains("guidance_start")) {
                continue; // noise and levels, which are not the guidance's
            }
            INFO(name << " " << entry["name"]);
            const Picture picture = run(shared_model(golden_set(name)), golden, entry);
            const double error = relative_error(picture.latents, golden.array(entry["tensors"]["latents"]).values);
            CAPTURE(error);
            CHECK(error < 1e-4);
            CHECK(share_within_one(picture.pixels, golden.bytes(entry["tensors"]["image"])) >= 0.999);
            ++runs;
        }
        CHECK(runs == 5);
    }
}

TEST_CASE("the prompt matters") {
    const Picture with = run(tiny_model(), "euler_normal");
    CHECK(share_within_one(with.pixels, bytes(named(index()["runs"], "euler_normal_cfg_1")["tensors"]["image"])) < 0.5);
}

} // namespace sampling_test
