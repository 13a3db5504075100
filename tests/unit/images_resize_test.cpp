// The expected pictures are Pillow's; data/images/make_images.py makes them.
#include "host/images/png.h"
#include "host/images/resize.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

namespace images_resize_test {

using namespace able::images;

namespace {

Image load(const std::string &name) {
    std::ifstream stream(std::string(ABLE_SOURCE_DIR) + "/tests/unit/data/images/" + name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    return decode_png(std::as_bytes(std::span(bytes)));
}

} // namespace

TEST_CASE("Lanczos resizing gives Pillow's bytes", "[images][resize]") {
    struct Size {
        std::uint32_t width, height;
    };
    const auto size = GENERATE(Size{20, 11}, Size{64, 48}, Size{37, 60}, Size{5, 29}, Size{1, 1}, Size{36, 28},
                               Size{37, 29}, Size{60, 9}, Size{37, 11}, Size{33, 20}, Size{33, 21});
    const Image source = load("resize_source.png");
    const bool same = size.width == source.width && size.height == source.height;
    const Image expected =
        same ? source : load("resize_" + std::to_string(size.width) + "x" + std::to_string(size.height) + ".png");
    INFO(size.width << "x" << size.height);
    const Image resized = resize_lanczos(source, size.width, size.height);
    CHECK(resized.width == size.width);
    CHECK(resized.height == size.height);
    CHECK(resized.rgb == expected.rgb);
}

TEST_CASE("luma is Pillow's convert(\"L\")", "[images]") {
    const Image expected = load("luma.png");
    const std::vector<std::uint8_t> grey = luma(load("resize_source.png"));
    REQUIRE(grey.size() * 3 == expected.rgb.size());
    for (std::size_t i = 0; i < grey.size(); ++i) {
        REQUIRE(grey[i] == expected.rgb[3 * i]);
    }
}

TEST_CASE("one colour stays that colour at any size", "[images][resize]") {
    const Image grey{50, 40, std::vector<std::uint8_t>(50 * 40 * 3, 200)};
    const auto side = GENERATE(1U, 7U, 49U, 51U, 333U);
    const Image resized = resize_lanczos(grey, side, side);
    CHECK(resized.rgb == std::vector<std::uint8_t>(std::size_t{side} * side * 3, 200));
}

TEST_CASE("impossible sizes are refused", "[images][resize]") {
    const Image source = load("resize_source.png");
    CHECK_THROWS_WITH(resize_lanczos(source, 0, 8), Catch::Contains("1 to 16384"));
    CHECK_THROWS_WITH(resize_lanczos(source, 8, 16385), Catch::Contains("8x16385"));
    CHECK_THROWS_AS(resize_lanczos(Image{2, 2, {1, 2, 3}}, 8, 8), ImageError);
    CHECK_THROWS_AS(resize_lanczos(Image{}, 8, 8), ImageError);
}

} // namespace images_resize_test
