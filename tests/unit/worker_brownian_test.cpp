// Golden numbers: torchsde's BrownianTree by way of k-diffusion (tools/sampler-golden/brownian.py). torchsde adds in
// float32; the largest difference measured is 7.2e-7.
#include "golden_samplers.hpp"

#include "host/worker/sampling/brownian.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

namespace worker_brownian_test {

using able::tests::golden;
using able::worker::BrownianTree;
using able::worker::seed_sequence;

namespace {

constexpr double low = 0.03, high = 14.6;

std::vector<float> draw(BrownianTree &tree, std::size_t count, double from, double to) {
    std::vector<float> out(count);
    tree.normal(from, to, out);
    return out;
}

} // namespace

TEST_CASE("Seeds spread as numpy's SeedSequence", "[noise]") {
    for (const auto &expected : golden().at("brownian").at("seed_sequences")) {
        const auto entropy = std::stoull(expected.at("entropy").get<std::string>());
        const auto key = expected.at("spawn_key").get<std::vector<std::uint32_t>>();
        CAPTURE(entropy, key);
        CHECK(seed_sequence(entropy, key, 4) == expected.at("state").get<std::vector<std::uint32_t>>());
    }
}

TEST_CASE("Brownian noise is torchsde's", "[noise]") {
    for (const auto &expected : golden().at("brownian").at("trees")) {
        const auto seed = std::stoull(expected.at("seed").get<std::string>());
        const auto count = expected.at("count").get<std::size_t>();
        BrownianTree tree(seed, expected.at("low"), expected.at("high"), count);
        for (const auto &passage : expected.at("draws")) {
            const double from = passage.at("from"), to = passage.at("to");
            CAPTURE(seed, from, to);
            const auto values = draw(tree, count, from, to);
            const auto &last = passage.at("noise");
            for (std::size_t i = 0; i < last.size(); ++i) {
                CHECK(values[count - last.size() + i] == Approx(last[i].get<double>()).margin(2e-6).epsilon(0.0));
            }
        }
    }
}

TEST_CASE("Brownian noise of a passage does not depend on what was drawn before", "[noise]") {
    constexpr std::size_t count = 64;
    BrownianTree first(7, low, high, count), second(7, low, high, count);
    const auto alone = draw(first, count, 3.0, 1.0);
    for (const double level : {14.6, 9.0, 5.0, 3.0, 2.0, 1.0, 0.5}) {
        draw(second, count, level, level / 2.0);
    }
    CHECK(draw(second, count, 3.0, 1.0) == alone);
}

TEST_CASE("Brownian passages add up, and their noise has unit variance", "[noise]") {
    constexpr std::size_t count = 4096;
    BrownianTree tree(11, low, high, count);
    const auto whole = draw(tree, count, 8.0, 2.0);
    const auto one = draw(tree, count, 8.0, 5.0), two = draw(tree, count, 5.0, 2.0);
    const auto back = draw(tree, count, 2.0, 8.0);
    double squares = 0, product = 0;
    for (std::size_t i = 0; i < count; ++i) {
        CHECK(whole[i] * std::sqrt(6.0) == Approx((one[i] + two[i]) * std::sqrt(3.0)).margin(1e-5));
        CHECK(back[i] == -whole[i]);
        squares += one[i] * one[i];
        product += one[i] * two[i];
    }
    CHECK(squares / count == Approx(1.0).margin(0.1));  // 4.5 standard deviations
    CHECK(product / count == Approx(0.0).margin(0.08)); // 5
}

TEST_CASE("Brownian noise keeps to the tree's range", "[noise]") {
    BrownianTree tree(3, low, high, 20);
    const auto values = draw(tree, 20, 100.0, 0.0); // as from 14.6 to 0.03
    CHECK(std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }));
    CHECK(draw(tree, 20, 2.0, 2.0) == std::vector<float>(20, 0.0F));
}

} // namespace worker_brownian_test
