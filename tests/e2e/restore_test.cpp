// Pictures made again from what they carry, by the server and by the command line.
#include "golden_pictures.h"
#include "server_process.h"

#include "host/base/base64.h"
#include "host/base/subprocess.h"
#include "host/images/png.h"

#include <catch2/catch.hpp>

#include <fstream>

namespace restore_test {

using namespace able;
using namespace able::e2e;
using nlohmann::json;

namespace {

std::string as_base64(const std::string &bytes) {
    return base::encode_base64({reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()});
}

const std::string blocks = "1,0.5,1,1,1,1,0,1,1,1,1,1"; // 12 weights

} // namespace

TEST_CASE("a picture is made again from the gallery and from its file, LoRAs of tags and of the request included") {
    const Server server(fresh_installation());
    const std::vector<json> requests{
        {{"prompt", "a big red heart <lora:stripes:0.8:0.6:lbw=" + blocks + "> {above|left of} a \\{b|c\\}"},
         {"steps", 4},
         {"seed", 11},
         {"sampler", "DPM++ 2M Karras"},
         {"subseed", 5},
         {"subseed_strength", 0.3}},
        {{"prompt", "a big red heart"},
         {"steps", 4},
         {"seed", 11},
         {"loras",
          {{{"name", "stripes"},
            {"weight", 0.6},
            {"text_weight", 0.2},
            {"block_weights", {1, 0.5, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1}}}}}}};
    for (const json &request : requests) {
        INFO(request.dump());
        const json job = server.generate(request);
        const std::string png = server.image(job);
        std::string id = job.at("results").at(0).at("image_path");
        id.erase(id.rfind('.'));
        for (const std::string &picture : {id, as_base64(png), "data:image/png;base64," + as_base64(png)}) {
            const json restored = server.post("/api/v1/generate/restore", {{"from_image", picture}}).json();
            CHECK(restored.at("warnings") == json::array());
            const json again = server.generate({{"from_image", picture}});
            CHECK(pixels_of(server.image(again)) == pixels_of(png));
            CHECK(again.at("results").at(0).at("metadata").at("loras") ==
                  job.at("results").at(0).at("metadata").at("loras"));
        }
    }
    // The blocks have a say: without them the picture is another.
    json even = requests[1];
    even["loras"][0].erase("block_weights");
    const json made = server.generate(requests[1]);
    CHECK(made.at("results").at(0).at("metadata").at("loras").at(0).at("text_weight") == 0.2);
    const auto whole = pixels_of(server.image(made));
    CHECK(pixels_of(server.image(server.generate(even))) != whole);
}

TEST_CASE("a damaged picture to restore is refused with the reason") {
    const Server server(fresh_installation());
    const json job = server.generate({{"prompt", "a heart"}, {"steps", 1}, {"seed", 1}});
    std::string png = server.image(job);
    png[png.find("tEXt") + 12] ^= 1; // its checksum tells
    const Reply reply = server.post("/api/v1/generate", {{"from_image", as_base64(png)}});
    CHECK(reply.status == 400);
    CHECK(reply.json().at("error").at("field") == "from_image");
    CHECK_THAT(reply.json().at("error").at("message").get<std::string>(), Catch::Contains("damaged PNG"));
}

TEST_CASE("the command line makes a picture again, and says what it left out") {
    const TemporaryFolder folder;
    const auto run = [&](std::vector<std::string> arguments) {
        std::vector<std::string> all{"/usr/bin/env",   "-u",       "XDG_DATA_HOME",   "-u",
                                     "XDG_CACHE_HOME", "-u",       "XDG_CONFIG_HOME", "-u",
                                     "HF_HOME",        "-u",       "HF_HUB_CACHE",    "HOME=" + folder.path().string(),
                                     ABLE_EXECUTABLE,  "generate", "--dtype",         "fp32"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return base::run_child(all, {}, std::chrono::minutes(4));
    };
    const auto first = folder.path() / "first.png", second = folder.path() / "second.png";
    const auto made = run({"a red heart <lora:stripes:0.7>", "--steps", "3", "--seed", "5", "-o", first.string()});
    INFO(made.error);
    REQUIRE(made.status == 0);
    const auto again = run({"--from-image", first.string(), "-o", second.string()});
    INFO(again.error);
    REQUIRE(again.status == 0);
    CHECK(pixels_of(read_file(second)) == pixels_of(read_file(first)));

    // Of another program: the noise of its graphics card cannot be had.
    const std::vector<images::TextChunk> texts{
        {"parameters", "a heart\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64, Model: somebody's, "
                       "Denoising strength: 0.5, Hires upscale: 2, Version: v1.10.1"}};
    const auto png = images::encode_png({1, 1, {0, 0, 0}}, texts);
    std::ofstream(folder.path() / "theirs.png", std::ios::binary)
        .write(reinterpret_cast<const char *>(png.data()), static_cast<std::streamsize>(png.size()));
    const auto theirs =
        run({"--from-image", (folder.path() / "theirs.png").string(), "--steps", "1", "-o", second.string()});
    INFO(theirs.error);
    REQUIRE(theirs.status == 0);
    CHECK_THAT(theirs.error, Catch::Contains("the hires pass (Hires upscale: 2") && Catch::Contains("RNG: GPU") &&
                                 Catch::Contains("model is left out"));
}

} // namespace restore_test
