// The networks on their own, fed with the reference's own inputs.
#include "golden_data.h"
#include "loaded_model.h"

#include <networks.h>
#include <picture.h>
#include <time_embedding.h>

#include <ablerefusal/glue.hpp>
#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>

using namespace able;
using namespace able::golden;

namespace {

const sd15::Networks &networks() {
    static TestJob job;
    static const sd15::Networks loaded = [] {
        const c10::InferenceMode inference;
        return sd15::load_networks(tiny_source(), diffusion::Placement{}, job.abi());
    }();
    return loaded;
}

at::Tensor tensor(const std::string &name) {
    Array from = array(name);
    return at::from_blob(from.values.data(), from.shape, at::kFloat).clone();
}

std::vector<float> values(const at::Tensor &from) {
    const at::Tensor dense = from.contiguous();
    return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

} // namespace

TEST_CASE("the UNet agrees with the reference at every timestep, size and context length") {
    const c10::InferenceMode inference;
    TestJob job;
    REQUIRE(index()["unet"].size() >= 7);
    for (const auto &entry : index()["unet"]) {
        INFO(entry["name"]);
        const at::Tensor found = networks().unet(tensor(entry["x"]), entry["t"], tensor(entry["context"]), job.abi());
        CHECK(relative_error(values(found), array(entry["eps"]).values) < 1e-4);
    }
}

TEST_CASE("the decoder agrees with the reference, square or not") {
    const c10::InferenceMode inference;
    TestJob job;
    for (const auto &entry : index()["vae"]["decode"]) {
        INFO(entry["name"]);
        const double scaling = index()["vae"]["scaling_factor"];
        const at::Tensor found = networks().decoder(tensor(entry["latents"]) / scaling, job.abi());
        CHECK(relative_error(values(found), array(entry["sample"]).values) < 1e-4);
    }
}

TEST_CASE("the encoder's mean and variance agree with the reference") {
    const c10::InferenceMode inference;
    TestJob job;
    const auto &entry = index()["vae"]["encode"];
    const diffusion::Posterior found = networks().encoder(tensor(entry["pixels"]), job.abi());
    CHECK(relative_error(values(found.mean), array(entry["mean"]).values) < 1e-4);
    CHECK(relative_error(values(found.log_variance), array(entry["logvar"]).values) < 1e-4);
}

TEST_CASE("noise levels and fractional timesteps agree with the reference") {
    const auto &schedules = index()["schedules"];
    const diffusion::SigmaTable &table = networks().schedule.table;
    const std::vector<float> found(table.values().begin(), table.values().end());
    CHECK(relative_error(found, array(schedules["table"]).values) < 1e-6);

    const std::vector<float> sigmas = array(schedules["sigma_to_t"]["sigmas"]).values;
    const std::vector<float> timesteps = array(schedules["sigma_to_t"]["timesteps"]).values;
    for (size_t i = 0; i < sigmas.size(); ++i) {
        INFO(sigmas[i]);
        CHECK(table.timestep(sigmas[i]) == Approx(timesteps[i]).margin(2e-3));
    }
    CHECK(table.timestep(1e-9) == 0.0);
    CHECK(table.timestep(1e9) == 999.0);
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
