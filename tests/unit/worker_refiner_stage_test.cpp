// Where the refiner takes over, against diffusers' count (tests/golden/data/hand-over, made by tools/tiny-model).
#include "fake_host.hpp"

#include "host/worker/sampling/refiner_stage.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <fstream>

namespace worker_refiner_stage_test {

using namespace able;

namespace {

// SDXL's training noise levels: betas linear in their roots.
std::vector<double> training_sigmas() {
    std::vector<double> sigmas;
    double kept = 1;
    for (int t = 0; t < 1000; ++t) {
        const double root = std::sqrt(0.00085) + (std::sqrt(0.012) - std::sqrt(0.00085)) * t / 999;
        kept *= 1 - root * root;
        sigmas.push_back(std::sqrt((1 - kept) / kept));
    }
    return sigmas;
}

} // namespace

TEST_CASE("the refiner takes over at the step where diffusers hands over") {
    const auto table = training_sigmas();
    const able_noise_levels levels = tests::level_table(table);
    std::ifstream file(ABLE_SOURCE_DIR "/tests/golden/data/hand-over/golden.json");
    const auto index = nlohmann::json::parse(file);
    REQUIRE(index.at("splits").size() > 50);
    for (const auto &entry : index.at("splits")) {
        INFO(entry.dump());
        CHECK(worker::steps_before_refiner(levels, entry.at("sigmas").get<std::vector<double>>(),
                                           entry.at("start").get<double>()) == entry.at("base").get<std::size_t>());
    }
}

} // namespace worker_refiner_stage_test
