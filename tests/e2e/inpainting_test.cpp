// A mask over the picture to start from, as a user sends it: what is kept, what is painted, what is refused.
#include "server_process.h"

#include "host/base/base64.h"
#include "host/images/decode.h"
#include "host/images/png.h"

#include <catch2/catch.hpp>

#include <cstdlib>

namespace inpainting_test {

using namespace able::e2e;
using namespace able;
using nlohmann::json;

namespace {

std::string as_base64(const images::Image &image) {
    const auto png = images::encode_png(image);
    return base::encode_base64({reinterpret_cast<const std::uint8_t *>(png.data()), png.size()});
}

// Colours that differ from pixel to pixel.
images::Image picture(std::uint32_t width, std::uint32_t height) {
    images::Image image{width, height, {}};
    for (std::uint32_t y = 0; y < height; ++y) {
        for (std::uint32_t x = 0; x < width; ++x) {
            for (const std::uint32_t value : {3 * x, 2 * y, x + y}) {
                image.rgb.push_back(static_cast<std::uint8_t>(value % 256));
            }
        }
    }
    return image;
}

// White from `left` to `right` and from `top` to `bottom`.
images::Image mask(std::uint32_t width, std::uint32_t height, std::uint32_t left, std::uint32_t top,
                   std::uint32_t right, std::uint32_t bottom) {
    images::Image image{width, height, std::vector<std::uint8_t>(std::size_t{width} * height * 3)};
    for (std::size_t i = 0; i < image.rgb.size(); ++i) {
        const std::size_t x = i / 3 % width, y = i / 3 / width;
        image.rgb[i] = x >= left && x < right && y >= top && y < bottom ? 255 : 0;
    }
    return image;
}

json request(const images::Image &original, const images::Image &over) {
    return {{"prompt", "a fox"},
            {"model", "tiny-sd15"},
            {"steps", 4},
            {"seed", 5},
            {"sampler", "euler"},
            {"strength", 1},
            {"mask_blur", 0},
            {"width", 64},
            {"height", 64},
            {"mask", as_base64(over)},
            {"init_image", as_base64(original)}};
}

images::Image draw(const Server &server, const json &request) {
    const std::string png = server.image(server.generate(request));
    return images::decode(std::as_bytes(std::span(png)));
}

// How many pixels differ, of those that the mask leaves and of those that it does not.
struct Changed {
    int kept = 0, painted = 0;
};
Changed changed(const images::Image &a, const images::Image &b, const images::Image &over) {
    REQUIRE(a.width == b.width);
    REQUIRE(a.rgb.size() == b.rgb.size());
    Changed count;
    for (std::size_t i = 0; i < a.rgb.size(); i += 3) {
        const bool differs = !std::equal(&a.rgb[i], &a.rgb[i] + 3, &b.rgb[i]);
        (over.rgb[i] == 0 ? count.kept : count.painted) += differs ? 1 : 0;
    }
    return count;
}

std::string failure(const Server &server, const json &request) {
    const auto job = server.wait(server.submit(request));
    CHECK(job.at("status") == "failed");
    return job.at("error").at("message");
}

} // namespace

TEST_CASE("outside the mask every byte of the picture is kept, inside it is painted") {
    const Server server;
    const images::Image original = picture(64, 64);
    const images::Image over = mask(64, 64, 19, 10, 45, 51);
    const int area = (45 - 19) * (51 - 10);
    json wanted = request(original, over);
    for (const char *sampler : {"euler", "euler_a", "dpmpp_2m", "dpmpp_sde", "lcm", "euler_cfg_pp"}) {
        INFO(sampler);
        wanted["sampler"] = sampler;
        const Changed found = changed(draw(server, wanted), original, over);
        CHECK(found.kept == 0);
        CHECK(found.painted > area * 9 / 10);
    }

    wanted["mask_invert"] = true;
    const Changed inverted = changed(draw(server, wanted), original, over);
    CHECK(inverted.painted == 0);
    CHECK(inverted.kept > (64 * 64 - area) * 9 / 10);

    // A soft edge reaches 2.5 sigma beyond the mask.
    wanted["mask_invert"] = false;
    wanted["mask_blur"] = 2;
    CHECK(changed(draw(server, wanted), original, mask(64, 64, 19 - 5, 10 - 5, 45 + 5, 51 + 5)).kept == 0);
    CHECK(changed(draw(server, wanted), original, over).kept > 0);
}

TEST_CASE("deep features kept between steps keep what the mask does, and start from a picture") {
    const Server server;
    const images::Image original = picture(64, 64);
    const images::Image over = mask(64, 64, 19, 10, 45, 51);
    json masked = request(original, over);
    masked["steps"] = 8;
    json whole = masked;
    whole.erase("mask");
    whole.erase("mask_blur");
    whole["strength"] = 0.6;
    for (json wanted : {masked, whole}) {
        INFO(wanted.contains("mask"));
        const auto exact = draw(server, wanted);
        wanted["deep_cache_interval"] = 3;
        const auto kept = draw(server, wanted);
        CHECK((kept.rgb != exact.rgb));
        CHECK((draw(server, wanted).rgb == kept.rgb));
        if (wanted.contains("mask")) {
            CHECK(changed(kept, original, over).kept == 0);
        }
        wanted["deep_cache_interval"] = 1;
        CHECK((draw(server, wanted).rgb == exact.rgb));
    }
}

TEST_CASE("only the masked part is painted at the job's size and put back into a picture of any size") {
    const Server server;
    const images::Image original = picture(150, 90);
    const images::Image over = mask(150, 90, 101, 33, 112, 47);
    json wanted = request(original, over);
    wanted["inpaint_region"] = "only_masked";
    wanted["inpaint_padding"] = 8;
    const auto job = server.generate(wanted);
    const std::string png = server.image(job);
    const auto result = images::decode(std::as_bytes(std::span(png)));
    CHECK(job.at("results").at(0).at("width") == 150);
    CHECK(job.at("results").at(0).at("height") == 90);
    const Changed found = changed(result, original, over);
    CHECK(found.kept == 0);
    CHECK(found.painted > 11 * 14 * 9 / 10);
    for (const char *text : {"Mask blur: 0", "Inpaint area: Only masked", "Masked area padding: 8", "Size: 64x64",
                             "Denoising strength: 1"}) {
        INFO(text);
        CHECK(png.find(text) != std::string::npos);
    }
    CHECK(png.find("Masked content") == std::string::npos);
    const auto &metadata = job.at("results").at(0).at("metadata");
    CHECK(metadata.at("inpaint_region") == "only_masked");
    CHECK(metadata.at("mask_content") == "original");
    CHECK(draw(server, wanted).rgb == result.rgb); // and again the same
}

TEST_CASE("what is under the mask at first shows, but not at strength 1") {
    const Server server;
    json wanted = request(picture(64, 64), mask(64, 64, 16, 16, 48, 48));
    std::vector<std::vector<std::uint8_t>> drawn;
    for (const char *content : {"original", "fill", "noise", "zeros"}) {
        wanted["mask_content"] = content;
        wanted["strength"] = 0.5;
        drawn.push_back(draw(server, wanted).rgb);
    }
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            CHECK(drawn[i] != drawn[k]);
        }
    }
    wanted["strength"] = 1;
    wanted["mask_content"] = "zeros";
    const auto zeros = draw(server, wanted).rgb;
    wanted["mask_content"] = "original";
    CHECK(draw(server, wanted).rgb == zeros);
    const auto job = server.generate(wanted);
    CHECK(server.image(job).find("Masked content") == std::string::npos);
    wanted["mask_content"] = "noise";
    CHECK(server.image(server.generate(wanted)).find("Masked content: latent noise") != std::string::npos);
}

TEST_CASE("an inpainting model paints under a mask and from nothing") {
    Options options;
    options.models = {"tiny-sd15-inpaint"};
    const Server server(options);
    CHECK(server.get("/api/v1/models").json().at("models").at(0).at("variant") == "inpaint");
    const images::Image original = picture(64, 64);
    const images::Image over = mask(64, 64, 0, 0, 64, 30);
    json wanted = request(original, over);
    wanted["model"] = "tiny-sd15-inpaint";
    wanted["batch_size"] = 2;
    const auto job = server.generate(wanted);
    for (const std::size_t index : {0U, 1U}) {
        const std::string png = server.image(job, index);
        const Changed found = changed(images::decode(std::as_bytes(std::span(png))), original, over);
        CHECK(found.kept == 0);
        CHECK(found.painted > 64 * 30 * 9 / 10);
    }
    CHECK(server.image(job, 0) != server.image(job, 1));
    for (const char *field : {"mask", "init_image", "strength", "mask_blur", "batch_size"}) {
        wanted.erase(field);
    }
    CHECK(draw(server, wanted).width == 64);
}

TEST_CASE("a mask that cannot be used fails its job with the field's name, the next job runs") {
    const Server server;
    const images::Image original = picture(64, 64);
    const json good = request(original, mask(64, 64, 8, 8, 40, 40));
    const auto with = [&](const char *field, const json &value) {
        json bad = good;
        bad[field] = value;
        return bad;
    };
    CHECK_THAT(failure(server, with("mask", as_base64(mask(64, 64, 0, 0, 0, 0)))),
               Catch::StartsWith("mask: ") && Catch::Contains("nothing in it is white"));
    json inverted = with("mask", as_base64(mask(64, 64, 0, 0, 64, 64)));
    inverted["mask_invert"] = true;
    CHECK_THAT(failure(server, inverted), Catch::Contains("nothing in it is black"));
    json soft = with("mask", as_base64(mask(64, 64, 8, 8, 10, 10)));
    soft["mask_blur"] = 20;
    CHECK_THAT(failure(server, soft), Catch::Contains("lower mask_blur"));
    CHECK_THAT(failure(server, with("mask", as_base64(mask(64, 64, 9, 9, 13, 13)))),
               Catch::Contains("too thin") && Catch::Contains("only_masked"));
    const std::string damaged = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAAAAAAAA=";
    CHECK_THAT(failure(server, with("mask", damaged)), Catch::StartsWith("mask: "));
    CHECK_THAT(failure(server, with("init_image", damaged)), Catch::StartsWith("init_image: "));
    json alone = good;
    alone.erase("init_image");
    const auto reply = server.post("/api/v1/generate", alone);
    CHECK(reply.status == 400);
    CHECK(reply.json().at("error").at("field") == "mask");
    server.generate(good);
}

} // namespace inpainting_test
