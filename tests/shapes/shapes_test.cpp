// The scorer on pictures whose content is known: rendered ones, the same with noise and blur, and wrong expectations.
#include "scorer.h"
#include "tally.h"
#include "truth.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace able;
using namespace able::shapes;

namespace {

constexpr std::uint32_t picture_side = 128;

bool perfect(const Score &score) {
    return std::all_of(score.begin(), score.end(), [](bool right) { return right; });
}

// A model's pictures are neither sharp nor plain.
images::Image worn(const images::Image &image, std::mt19937 &random) {
    std::normal_distribution<double> noise(0, 5);
    images::Image result = image;
    const auto value = [&](std::uint32_t x, std::uint32_t y, std::uint32_t c) {
        return double(
            image.rgb[3 * (std::min(y, picture_side - 1) * picture_side + std::min(x, picture_side - 1)) + c]);
    };
    for (std::uint32_t y = 0; y < picture_side; ++y) {
        for (std::uint32_t x = 0; x < picture_side; ++x) {
            for (std::uint32_t c = 0; c < 3; ++c) {
                const double mean =
                    (value(x, y, c) + value(x + 1, y, c) + value(x, y + 1, c) + value(x + 1, y + 1, c)) / 4;
                result.rgb[3 * (y * picture_side + x) + c] =
                    static_cast<std::uint8_t>(std::clamp(mean + noise(random), 0.0, 255.0));
            }
        }
    }
    return result;
}

} // namespace

TEST_CASE("the scorer sees in a rendered scene what is in it") {
    for (const Truth &truth : truths()) {
        INFO(truth.prompt);
        CHECK(perfect(score(look_at(truth.image), truth.scene)));
    }
}

TEST_CASE("noise and blur do not confuse the scorer") {
    std::mt19937 random(1);
    for (const Truth &truth : truths()) {
        INFO(truth.prompt);
        CHECK(perfect(score(look_at(worn(truth.image, random)), truth.scene)));
    }
}

TEST_CASE("the scorer denies what is not there, one attribute at a time") {
    for (const Truth &truth : truths()) {
        INFO(truth.prompt);
        const Picture picture = look_at(truth.image);
        const auto denied = [&](const char *name, const Scene &scene) {
            return !score(picture, scene)[attribute(name)];
        };
        const auto other = [](const std::string &value, const char *a, const char *b) {
            return value == a ? std::string(b) : std::string(a);
        };
        Scene wrong = truth.scene;
        for (const char *shape : {"circle", "square", "triangle", "star", "ring", "cross", "heart"}) {
            wrong.shape = shape;
            CHECK(denied("shape", wrong) == (truth.scene.shape != shape));
        }
        wrong = truth.scene;
        wrong.colour = other(wrong.colour, "red", "blue");
        CHECK(denied("colour", wrong));
        wrong.ground = other(wrong.ground, "gray", "pink");
        CHECK(denied("ground", wrong));
        wrong.position = other(wrong.position, "top", "bottom");
        CHECK(denied("position", wrong));
        wrong.count = 3 - wrong.count;
        CHECK(denied("count", wrong));
        wrong.size = other(wrong.size, "medium", "big");
        CHECK(denied("size", wrong));
        wrong.outline = !wrong.outline;
        CHECK(denied("outline", wrong));
    }
}

TEST_CASE("plain paint is even, and stripes are not") {
    for (const Truth &truth : truths()) {
        INFO(truth.prompt);
        for (const Object &object : look_at(truth.image).objects) {
            CHECK(object.unevenness < 0.1);
        }
    }
    images::Image striped{picture_side, picture_side,
                          std::vector<std::uint8_t>(std::size_t{picture_side} * picture_side * 3, 245)};
    for (std::uint32_t y = 40; y < 90; ++y) {
        for (std::uint32_t x = 40; x < 90; ++x) {
            striped.rgb[3 * (y * picture_side + x)] = y % 12 < 6 ? 220 : 110;
            striped.rgb[3 * (y * picture_side + x) + 1] = striped.rgb[3 * (y * picture_side + x) + 2] = 20;
        }
    }
    const Picture picture = look_at(striped);
    REQUIRE(picture.objects.size() == 1);
    CHECK(picture.objects[0].shape == "square");
    CHECK(picture.objects[0].unevenness == Approx(0.5).margin(0.05));
}

TEST_CASE("a picture of nothing has a ground and no object") {
    const images::Image plain{picture_side, picture_side,
                              std::vector<std::uint8_t>(std::size_t{picture_side} * picture_side * 3, 128)};
    const Picture picture = look_at(plain);
    CHECK(picture.ground == "gray");
    CHECK(picture.objects.empty());
    const Score result = score(picture, truths().front().scene);
    CHECK_FALSE(result[attribute("shape")]);
    CHECK_FALSE(result[attribute("count")]);
}

TEST_CASE("a tally gives rates, and a row for each set of pictures") {
    Tally tally;
    Score half{};
    half[attribute("shape")] = true;
    tally.add(half);
    tally.add({});
    CHECK(tally.rate("shape") == Approx(0.5));
    CHECK(tally.rate("colour") == Approx(0));
    CHECK(tally.table_row("two") == "| two | 50.0 | 0.0 | 0.0 | 0.0 | 0.0 | 0.0 | 0.0 |\n");
    CHECK_THROWS_AS(tally.rate("taste"), std::out_of_range);
}
