// Golden numbers: torch, by the formulas of AUTOMATIC1111's web UI (tools/noise-golden/make.py).
#include "host/worker/sampling/image_noise.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

namespace worker_seed_variations_test {

using able::protocol::NoiseOptions;
using able::worker::ImageNoise;
using able::worker::LatentShape;
using able::worker::TorchGenerator;

namespace {

constexpr LatentShape latents{4, 8, 8};

NoiseOptions varied(std::uint64_t subseed, double strength) {
    NoiseOptions options;
    options.subseed = subseed;
    options.subseed_strength = strength;
    return options;
}

std::vector<float> initial(std::uint64_t seed, const NoiseOptions &options = {}, const LatentShape &shape = latents) {
    return ImageNoise(seed, options, shape, 8).initial();
}

} // namespace

TEST_CASE("Varied and resized noise is the web UI's", "[noise]") {
    std::ifstream file(ABLE_SOURCE_DIR "/tests/unit/data/seed_variations.json");
    const auto golden = nlohmann::json::parse(file);
    REQUIRE(golden.at("cases").size() > 8);
    for (const auto &expected : golden.at("cases")) {
        CAPTURE(expected.at("seed"), expected.at("subseed"), expected.at("strength"), expected.at("resize_from"));
        NoiseOptions options = varied(expected.at("subseed"), expected.at("strength"));
        if (const auto &size = expected.at("resize_from"); !size.is_null()) {
            options.resize_from_height = size.at(0).get<std::uint32_t>() * 8;
            options.resize_from_width = size.at(1).get<std::uint32_t>() * 8;
        }
        const auto found = initial(expected.at("seed"), options);
        const auto noise = expected.at("noise").get<std::vector<double>>();
        REQUIRE(found.size() == noise.size());
        double largest = 0;
        for (std::size_t i = 0; i < noise.size(); ++i) {
            largest = std::max(largest, std::abs(double{found[i]} - noise[i]));
        }
        CHECK(largest < 1e-5);
    }
}

TEST_CASE("The ends of a variation are the two seeds' own noise", "[noise]") {
    CHECK(initial(42, varied(7, 0)) == initial(42));
    CHECK(initial(42, varied(7, 1)) == initial(7));
    CHECK(initial(42, varied(7, 0.5)) != initial(42));
    // The noise keeps its deviation on the way: a mixture by halves would lose a third of it.
    const auto half = initial(42, varied(7, 0.5));
    double squares = 0;
    for (const float value : half) {
        squares += double{value} * double{value};
    }
    CHECK(std::sqrt(squares / static_cast<double>(half.size())) == Approx(1).margin(0.1));
}

TEST_CASE("Columns that are parallel do not become infinite", "[noise]") {
    const std::vector<float> low{1, 2, -3, 1}, high{-1, 4, 3, 2}; // one row: every column is
    const auto mixed = able::worker::slerp(0.25, low, high, {1, 1, 4});
    CHECK(mixed == std::vector<float>{0.5, 2.5, -1.5, 1.25});
    const std::vector<float> nothing(4, 0.0F);
    CHECK(able::worker::slerp(0.5, nothing, nothing, {1, 2, 2}) == nothing);
}

TEST_CASE("Another size of the same number is no other size", "[noise]") {
    NoiseOptions options;
    options.resize_from_width = options.resize_from_height = 64;
    CHECK(initial(42, options) == initial(42));
}

TEST_CASE("Varied noise leaves the sampler its place in the image's stream", "[noise]") {
    NoiseOptions options = varied(7, 0.5);
    options.resize_from_width = options.resize_from_height = 128;
    ImageNoise plain(42, {}, latents, 8), other(42, options, latents, 8);
    plain.initial();
    other.initial();
    std::vector<float> first(256), second(256);
    plain.steps().normal(first);
    other.steps().normal(second);
    CHECK(first == second);

    options.eta_noise_seed_delta = 31337;
    ImageNoise moved(42, options, latents, 8);
    moved.initial();
    moved.steps().normal(first);
    TorchGenerator alone(42 + 31337);
    alone.normal(second);
    CHECK(first == second);
}

TEST_CASE("After an encoder's draw, a subseed's noise is that of its own image's start", "[noise]") {
    ImageNoise other(7, {}, latents, 8);
    other.draw();
    ImageNoise image(42, varied(7, 1), latents, 8);
    image.draw();
    CHECK(image.initial() == other.initial());
}

} // namespace worker_seed_variations_test
