// The expected masks, pictures and regions are Pillow's, scipy's and diffusers': tools/inpainting-golden makes them.
#include "host/images/mask.h"
#include "host/images/region.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>

namespace images_mask_test {

using namespace able::images;
using nlohmann::json;

namespace {

const json &golden() {
    static const json document = [] {
        std::ifstream in(std::string(ABLE_SOURCE_DIR) + "/tests/unit/data/inpainting.json");
        return json::parse(in);
    }();
    return document;
}

std::vector<std::uint8_t> bytes_of(const json &shown) {
    const auto &hex = shown.at("hex").get_ref<const std::string &>();
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

Mask mask_of(const json &shown) {
    return {shown.at("width"), shown.at("height"), bytes_of(shown)};
}

Image image_of(const json &shown) {
    return {shown.at("width"), shown.at("height"), bytes_of(shown)};
}

int largest_difference(const std::vector<std::uint8_t> &a, const std::vector<std::uint8_t> &b) {
    REQUIRE(a.size() == b.size());
    int largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(int{a[i]} - int{b[i]}));
    }
    return largest;
}

Mask box(std::uint32_t width, std::uint32_t height, const Region &white) {
    Mask mask{width, height, std::vector<std::uint8_t>(std::size_t{width} * height)};
    for (std::uint32_t y = white.top; y < white.bottom; ++y) {
        for (std::uint32_t x = white.left; x < white.right; ++x) {
            mask.values[std::size_t{y} * width + x] = 255;
        }
    }
    return mask;
}

Image plain(std::uint32_t width, std::uint32_t height, std::uint8_t grey) {
    return {width, height, std::vector<std::uint8_t>(std::size_t{width} * height * 3, grey)};
}

// Brighter to the right and to the bottom.
Image slope(std::uint32_t width, std::uint32_t height) {
    Image image = plain(width, height, 0);
    for (std::size_t i = 0; i < image.rgb.size(); ++i) {
        image.rgb[i] = static_cast<std::uint8_t>(2 * (i / 3 % width) + 2 * (i / 3 / width));
    }
    return image;
}

} // namespace

TEST_CASE("a mask's edge is blurred as the reference blurs it", "[images][mask]") {
    for (const json &entry : golden().at("blurs")) {
        const Mask found = blurred(mask_of(entry.at("mask")), entry.at("sigma"));
        INFO("sigma " << entry.at("sigma"));
        CHECK(found.values == mask_of(entry.at("blurred")).values);
    }
    const Mask mask = box(8, 8, {2, 2, 5, 5});
    CHECK(blurred(mask, 0).values == mask.values);
}

TEST_CASE("what is under a mask is filled from its surroundings with Pillow's bytes", "[images][mask]") {
    const Image picture = image_of(golden().at("picture"));
    for (const json &entry : golden().at("fills")) {
        CHECK(filled(picture, mask_of(entry.at("mask"))).rgb == image_of(entry.at("filled")).rgb);
    }
    CHECK(filled(picture, Mask{40, 28, std::vector<std::uint8_t>(40 * 28)}).rgb == picture.rgb);
    CHECK_THROWS_AS(filled(picture, box(28, 40, {})), ImageError);
}

TEST_CASE("the region around a mask is the reference's, whatever its place, padding and proportions",
          "[images][mask]") {
    const json &regions = golden().at("regions");
    REQUIRE(regions.at("cases").size() == 72);
    for (const json &entry : regions.at("cases")) {
        const Mask mask = mask_of(regions.at("masks").at(entry.at("mask").get<std::size_t>()));
        const auto found = region_to_paint(mask, entry.at("padding"), entry.at("width"), entry.at("height"));
        const json &expected = entry.at("region");
        INFO(entry.dump());
        REQUIRE(found);
        CHECK(*found == Region{expected[0], expected[1], expected[2], expected[3]});
    }
    CHECK_FALSE(region_to_paint(box(8, 8, {}), 4, 64, 64));
}

TEST_CASE("a region is taken out, painted and put back as the reference does it", "[images][mask]") {
    const json &overlays = golden().at("overlays");
    const Image picture = image_of(overlays.at("picture"));
    int compared = 0;
    for (const json &entry : overlays.at("cases")) {
        const std::uint32_t width = entry.at("width"), height = entry.at("height");
        const Mask mask = mask_of(entry.at("mask"));
        const auto region = region_to_paint(mask, entry.at("padding"), width, height);
        REQUIRE(region);
        const Image taken = resize_within(crop(picture, *region), width, height);
        CHECK(taken.width == width);
        CHECK(taken.height == height);
        if (!entry.contains("taken")) {
            // Its proportions are others; what is put back is what was taken all the same.
            const Image even = slope(region->width(), region->height());
            const Image back = resize_back(resize_within(even, width, height), even.width, even.height);
            CHECK(largest_difference(back.rgb, even.rgb) <= 4);
            continue;
        }
        ++compared;
        CHECK(taken.rgb == image_of(entry.at("taken")).rgb);
        Image painted = taken;
        for (std::uint8_t &value : painted.rgb) {
            value = static_cast<std::uint8_t>(255 - value);
        }
        Image result = picture;
        const Image part = resize_back(painted, region->width(), region->height());
        paste(result, composite(crop(picture, *region), part, crop(mask, *region)), *region);
        CHECK(largest_difference(result.rgb, image_of(entry.at("result")).rgb) <= 1); // rounded twice there
        for (std::size_t i = 0; i < mask.values.size(); ++i) {
            if (mask.values[i] == 0) {
                REQUIRE(std::equal(&result.rgb[3 * i], &result.rgb[3 * i] + 3, &picture.rgb[3 * i]));
            }
        }
    }
    CHECK(compared == 2);
}

TEST_CASE("a sent mask becomes black and white at the picture's size", "[images][mask]") {
    Image sent = plain(2, 1, 127);
    sent.rgb[3] = sent.rgb[4] = sent.rgb[5] = 128;
    CHECK(read_mask(sent, 2, 1).values == std::vector<std::uint8_t>{0, 255});
    const Mask grown = read_mask(sent, 64, 32);
    CHECK(grown.values.size() == 64 * 32);
    CHECK(std::count(grown.values.begin(), grown.values.end(), 255) == 32 * 32);
    CHECK(inverted(read_mask(sent, 2, 1)).values == std::vector<std::uint8_t>{255, 0});
    CHECK(box(4, 4, {}).empty());
    CHECK(Mask{2, 1, {127, 100}}.empty());
    CHECK_FALSE(Mask{2, 1, {0, 128}}.empty());
}

TEST_CASE("a mask is read at the top left pixel of each square of the latents", "[images][mask]") {
    const Mask mask = box(24, 16, {8, 0, 17, 9});
    CHECK(binary(mask, 8) == std::vector<float>{0, 1, 1, 0, 1, 1});
    CHECK(binary(mask).size() == 24 * 16);
    CHECK(binary(Mask{3, 1, {127, 128, 255}}) == std::vector<float>{0, 1, 1});
    CHECK_THROWS_AS(binary(mask, 7), ImageError);
}

TEST_CASE("outside a mask the original's bytes stay, inside the painted ones", "[images][mask]") {
    const Image original = plain(4, 1, 10), painted = plain(4, 1, 210);
    const Mask mask{4, 1, {0, 255, 128, 1}};
    const Image laid = composite(original, painted, mask);
    CHECK(laid.rgb[0] == 10);
    CHECK(laid.rgb[3] == 210);
    CHECK(laid.rgb[6] == 110);
    CHECK(laid.rgb[9] == 11);
    CHECK(doubled(mask).values == std::vector<std::uint8_t>{0, 255, 255, 2});
    CHECK_THROWS_AS(composite(original, plain(2, 2, 0), mask), ImageError);
}

TEST_CASE("a region that is no part of its picture is refused", "[images][mask]") {
    const Image picture = plain(8, 8, 0);
    CHECK_THROWS_AS(crop(picture, Region{0, 0, 9, 8}), ImageError);
    CHECK_THROWS_AS(crop(box(8, 8, {}), Region{4, 4, 4, 8}), ImageError);
    Image target = picture;
    CHECK_THROWS_AS(paste(target, plain(3, 3, 0), Region{0, 0, 2, 3}), ImageError);
}

} // namespace images_mask_test
