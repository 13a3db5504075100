// What comes out: the reference's pixels, the same bytes twice, seeds, batches, LoRAs, img2img.
#include "golden_pictures.h"
#include "server_process.h"

#include "host/images/png.h"

#include <catch2/catch.hpp>

namespace images_test {

using namespace able::e2e;
using nlohmann::json;

TEST_CASE("images made over REST show the reference's pixels, whatever the model") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sd15-inpaint", "tiny-sd2",
                      "tiny-sdxl", "tiny-sdxl-inpaint", "tiny-sdxl-refiner"};
    const Server server(options);
    for (const auto &model : options.models) {
        const Golden golden = golden_for(model);
        for (const auto &run : golden.index.at("runs")) {
            if (run.at("width").get<int>() < 64 || run.at("height").get<int>() < 64) {
                continue; // below what the API takes
            }
            INFO(model << " " << run.at("name"));
            const auto job = server.generate(request_of(model, run));
            check_pixels(server.image(job), golden_pixels(golden, run));
            const auto &result = job.at("results").at(0);
            CHECK(std::to_string(result.at("seed").get<std::uint64_t>()) == run.at("seed"));
            CHECK(result.at("width") == run.at("width"));
        }
    }
}

TEST_CASE("strength 0 takes no step and gives the picture as the autoencoder has it") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sdxl"};
    const Server server(options);
    for (const auto &model : options.models) {
        const Golden golden = golden_for(model, "round-trip");
        const auto &run = golden.index.at("runs").at(0);
        INFO(model);
        const auto job = server.generate(request_of(model, run));
        check_pixels(server.image(job), golden_pixels(golden, run));
        CHECK(job.at("total_steps") == 0);
        CHECK(job.at("progress") == 100);
        CHECK(job.at("results").at(0).at("metadata").at("steps_taken") == 0);
    }
}

TEST_CASE("a job tells the steps that it takes, whatever was asked for") {
    const Server server;
    struct Case {
        const char *schedule;
        int asked, taken;
    };
    for (const auto &[schedule, asked, taken] : {Case{"ddim_uniform", 7, 8}, Case{"beta", 150, 149}}) {
        CAPTURE(schedule);
        auto request = tiny_request();
        request["schedule"] = schedule;
        request["steps"] = asked;
        request["batch_size"] = 2;
        const auto job = server.generate(request);
        CHECK(job.at("total_steps") == 2 * taken);
        CHECK(job.at("current_step") == 2 * taken);
        const auto &metadata = job.at("results").at(1).at("metadata");
        CHECK(metadata.at("steps_taken") == taken);
        CHECK(metadata.at("steps") == asked); // the same request makes the picture again
    }
}

TEST_CASE("an empty prompt draws what the model makes of none") {
    const Server server;
    auto request = tiny_request();
    request["prompt"] = "";
    const auto job = server.generate(request);
    CHECK(job.at("results").at(0).at("metadata").at("prompt") == "");
    auto blank = tiny_request();
    blank["prompt"] = "  ";
    CHECK(pixels_of(server.image(server.generate(blank))) == pixels_of(server.image(job)));
}

TEST_CASE("a LoRA that is taken off leaves nothing behind") {
    const Server server;
    const auto plain = server.image(server.generate(tiny_request()));
    auto request = tiny_request();
    request["loras"] = {{{"name", "kohya"}, {"weight", 1}}};
    CHECK(server.image(server.generate(request)) != plain);
    CHECK(server.image(server.generate(tiny_request())) == plain);
}

TEST_CASE("the same job twice gives the same bytes, also after a restart") {
    Server server;
    auto request = tiny_request();
    request["sampler"] = "Euler a";
    const auto first = server.image(server.generate(request));
    CHECK(server.image(server.generate(request)) == first);
    CHECK(server.stop() == 0);
    server.start();
    CHECK(server.image(server.generate(request)) == first);
}

TEST_CASE("every sampler and every schedule makes an image, the same one twice") {
    const Server server;
    for (const char *kind : {"sampler", "schedule"}) {
        const auto list = std::string(kind) + "s";
        const auto offers = server.get("/api/v1/" + list).json().at(list);
        REQUIRE(offers.size() > 10);
        for (const auto &offered : offers) {
            INFO(offered.at("id"));
            auto request = tiny_request();
            request[kind] = offered.at("id");
            const auto first = server.image(server.generate(request));
            CHECK(server.image(server.generate(request)) == first);
        }
    }
}

TEST_CASE("at a guidance scale of 1 the negative prompt counts for CFG++ alone") {
    const Server server;
    const auto pixels = [&](const char *sampler, const char *negative) {
        auto request = tiny_request();
        request["cfg_scale"] = 1;
        request["sampler"] = sampler;
        request["negative_prompt"] = negative;
        const auto png = server.image(server.generate(request)); // says the prompt, too
        return pixels_of(png);
    };
    const auto plain = pixels("euler", "blurry");
    const auto guided = pixels("euler_cfg_pp", "blurry");
    CHECK((pixels("euler", "a red fox") == plain));
    CHECK((pixels("euler_cfg_pp", "a red fox") != guided));
    CHECK((guided != plain));
}

TEST_CASE("seed -1 reports the seed that was drawn, and that seed makes the image again") {
    const Server server;
    auto request = tiny_request();
    request["seed"] = -1;
    const auto job = server.generate(request);
    const auto seed = job.at("results").at(0).at("seed").get<std::int64_t>();
    CHECK(seed >= 0);
    const auto other = server.generate(request).at("results").at(0).at("seed").get<std::int64_t>();
    CHECK(other != seed);
    request["seed"] = seed;
    CHECK(server.image(server.generate(request)) == server.image(job));
}

TEST_CASE("a batch of three equals the three single images") {
    const Server server;
    auto request = tiny_request();
    request["sampler"] = "euler_a";
    request["batch_size"] = 3;
    const auto batch = server.generate(request);
    REQUIRE(batch.at("results").size() == 3);
    request["batch_size"] = 1;
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(batch.at("results").at(i).at("seed") == 42 + i);
        request["seed"] = 42 + i;
        CHECK(server.image(server.generate(request)) == server.image(batch, i));
    }
}

TEST_CASE("an image carries what is needed to make it again") {
    const Server server;
    auto request = tiny_request();
    request["sampler"] = "DPM++ 2M Karras";
    request["negative_prompt"] = "blurry";
    request["loras"] = {{{"name", "kohya"}, {"weight", 0.5}}};
    const auto job = server.generate(request);
    const auto texts = able::images::read_png_texts(bytes_of(server.image(job)));
    std::map<std::string, std::string> by_key;
    for (const auto &text : texts) {
        by_key[text.key] = text.text;
    }
    const auto &parameters = by_key.at("parameters");
    for (const char *part : {"a photo of a red fox", "Negative prompt: blurry", "Steps: 4", "Sampler: DPM++ 2M",
                             "Schedule type: Karras", "Seed: 42", "Size: 64x64", "Model: tiny-sd15"}) {
        CAPTURE(part);
        CHECK(parameters.find(part) != std::string::npos);
    }
    const auto own = json::parse(by_key.at("ablerefusal"));
    CHECK(own.at("sampler").at("id") == "dpmpp_2m");
    CHECK(own.at("sampler").at("plugin") == "able.samplers");
    CHECK(own.at("schedule").at("id") == "karras");
    CHECK(own.at("model").at("sha256").get<std::string>().size() == 64);
    CHECK(own.at("loras").at(0).at("sha256").get<std::string>().size() == 64);
    CHECK(own.at("loras").at(0).at("matched").get<int>() > 0);
    CHECK(own.at("dtype") == "fp32");
    CHECK(own == job.at("results").at(0).at("metadata"));
}

} // namespace images_test
