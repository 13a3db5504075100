// The networks on their own, fed with the reference's own inputs.
#include "loaded_model.h"
#include "reference_networks.h"

#include <plugins/diffusion/time_embedding.h>

#include <ablerefusal/glue.hpp>
#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>

namespace networks_test {

using namespace able;
using namespace able::golden;

TEST_CASE("every UNet agrees with the reference at every timestep, size and context length") {
    const c10::InferenceMode inference;
    TestJob job;
    for (const auto &golden : golden_sets()) {
        REQUIRE(golden->index()["unet"].size() >= 4);
        for (const auto &entry : golden->index()["unet"]) {
            INFO(golden->name() << " " << entry["name"]);
            const at::Tensor found = networks_of(*golden).unet(tensor(*golden, entry["x"]), entry["t"],
                                                               unet_prompt(*golden, entry), job.abi());
            CHECK(relative_error(values(found), golden->array(entry["eps"]).values) < 1e-4);
        }
    }
}

TEST_CASE("what a UNet is told of the picture's size matters to it") {
    const c10::InferenceMode inference;
    TestJob job;
    const GoldenSet &golden = golden_set("tiny-sdxl");
    const auto &entry = golden.index()["unet"][0];
    diffusion::Unet::Prompt prompt = unet_prompt(golden, entry);
    prompt.added = prompt.added.flip(0);
    const at::Tensor x = tensor(golden, entry["x"]);
    const at::Tensor found = networks_of(golden).unet(x, entry["t"], prompt, job.abi());
    CHECK(relative_error(values(found), golden.array(entry["eps"]).values) > 1e-3);
}

TEST_CASE("every decoder agrees with the reference, square or not") {
    const c10::InferenceMode inference;
    TestJob job;
    for (const auto &golden : golden_sets()) {
        const double scaling = golden->index()["vae"]["scaling_factor"];
        for (const auto &entry : golden->index()["vae"]["decode"]) {
            INFO(golden->name() << " " << entry["name"]);
            const at::Tensor latents = tensor(*golden, entry["latents"]) / scaling;
            const at::Tensor found = networks_of(*golden).decoder(latents, job.abi());
            CHECK(relative_error(values(found), golden->array(entry["sample"]).values) < 1e-4);
        }
    }
}

TEST_CASE("every encoder's mean and variance agree with the reference") {
    const c10::InferenceMode inference;
    TestJob job;
    for (const auto &golden : golden_sets()) {
        INFO(golden->name());
        const auto &entry = golden->index()["vae"]["encode"];
        const diffusion::Posterior found = (*networks_of(*golden).encoder)(tensor(*golden, entry["pixels"]), job.abi());
        CHECK(relative_error(values(found.mean), golden->array(entry["mean"]).values) < 1e-4);
        CHECK(relative_error(values(found.log_variance), golden->array(entry["logvar"]).values) < 1e-4);
    }
}

TEST_CASE("noise levels and fractional timesteps agree with the reference") {
    int sets = 0;
    for (const auto &golden : golden_sets()) {
        if (!golden->index().contains("schedules")) {
            continue;
        }
        ++sets;
        INFO(golden->name());
        const auto &schedules = golden->index()["schedules"];
        const diffusion::SigmaTable &table = networks_of(*golden).schedule.table;
        const std::vector<float> expected = golden->array(schedules["table"]).values;
        REQUIRE(table.values().size() == expected.size());
        // The last levels before 4096 are differences of nearly equal numbers in fp32, in which the reference's own
        // libraries differ by 7e-6 from one processor to another.
        const double tolerance = golden->name() == "tiny-sd2" ? 1e-5 : 1e-6;
        for (size_t i = 0; i < expected.size(); ++i) {
            INFO(i);
            CHECK(table.values()[i] == Approx(expected[i]).epsilon(tolerance));
        }
        const std::vector<float> sigmas = golden->array(schedules["sigma_to_t"]["sigmas"]).values;
        const std::vector<float> timesteps = golden->array(schedules["sigma_to_t"]["timesteps"]).values;
        for (size_t i = 0; i < sigmas.size(); ++i) {
            INFO(sigmas[i]);
            CHECK(table.timestep(sigmas[i]) == Approx(timesteps[i]).margin(2e-3));
        }
        CHECK(table.timestep(1e-9) == 0.0);
        CHECK(table.timestep(1e9) == 999.0);
    }
    CHECK(sets == 2);
    CHECK(networks_of(golden_set("tiny-sd2")).schedule.table.values().back() == Approx(4096).epsilon(1e-6));
}

TEST_CASE("noise levels that do not ascend are refused") {
    CHECK_THROWS_AS(diffusion::SigmaTable({1.0}), Error);
    CHECK_THROWS_AS(diffusion::SigmaTable({1.0, 1.0}), Error);
    CHECK_THROWS_AS(diffusion::SigmaTable({0.0, 1.0}), Error);
}

TEST_CASE("time embeddings agree with the published ones") {
    // From diffusers' get_timestep_embedding: indices 0, 1, 2, width / 2 - 1, width / 2, width / 2 + 1, width - 1.
    struct Case {
        double t;
        int64_t width;
        std::vector<float> expected;
    };
    const std::vector<Case> cases{
        {981, 320, {0.679957F, -0.798429F, 0.578064F, 0.994606F, 0.733252F, 0.602089F, 0.103726F}},
        {946.4211, 320, {-0.695491F, 0.299324F, 0.018908F, 0.994979F, -0.718534F, 0.954152F, 0.100082F}},
        {1, 320, {0.540302F, 0.586504F, 0.628439F, 1.000000F, 0.841471F, 0.809946F, 0.000106F}},
        {0, 256, {1, 1, 1, 1, 0, 0, 0}},
    };
    for (const Case &entry : cases) {
        const std::vector<float> row = values(diffusion::time_embedding(entry.t, entry.width, true, 0));
        const auto half = static_cast<size_t>(entry.width / 2);
        const std::vector<size_t> places{0, 1, 2, half - 1, half, half + 1, 2 * half - 1};
        for (size_t i = 0; i < places.size(); ++i) {
            CHECK(row[places[i]] == Approx(entry.expected[i]).margin(2e-6));
        }
        const std::vector<float> swapped = values(diffusion::time_embedding(entry.t, entry.width, false, 0));
        CHECK(swapped[0] == row[half]);
    }
}

} // namespace networks_test
