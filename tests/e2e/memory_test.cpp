// Several models in one worker, jobs that do not fit, VAEs and refiners.
#include "golden_pictures.h"
#include "server_process.h"

#include "host/images/png.h"
#include "host/models/source.h"

#include <catch2/catch.hpp>

#include <fstream>

namespace memory_test {

using namespace able::e2e;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path data_folder = fs::path(ABLE_SOURCE_DIR) / "tests/golden/data";

json request_for(const std::string &model) {
    auto request = tiny_request();
    request["model"] = model;
    return request;
}

// How often a job had to wait for a model, by the server's log.
std::size_t loads(const Server &server) {
    const std::string log = server.log();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = log.find("event=model_loaded", at)) != std::string::npos; ++at) {
        ++count;
    }
    return count;
}

json model_of(const Server &server, const std::string &id) {
    const auto models = server.get("/api/v1/models").json();
    for (const auto &model : models.at("models")) {
        if (model.at("id") == id) {
            return model;
        }
    }
    FAIL("no model " << id);
    return {};
}

std::uint64_t bytes(const json &model, const char *field) {
    return model.at("memory").at(field).get<std::uint64_t>();
}

std::string refusal(const Server &server, const json &request) {
    const auto reply = server.post("/api/v1/generate", request);
    INFO(reply.body);
    CHECK(reply.status == 400);
    CHECK(reply.json().at("error").at("code") == "not_enough_memory");
    return reply.json().at("error").at("message").get<std::string>();
}

std::map<std::string, std::string> texts_of(const std::string &png) {
    std::map<std::string, std::string> texts;
    for (const auto &text : able::images::read_png_texts(std::as_bytes(std::span(png)))) {
        texts[text.key] = text.text;
    }
    return texts;
}

} // namespace

TEST_CASE("switching back to a model costs no second load") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sd2", "tiny-sdxl"};
    const Server server(options);
    CHECK(model_of(server, "tiny-sd15").at("loaded") == false);
    const auto first = server.image(server.generate(request_for("tiny-sd15")));
    server.generate(request_for("tiny-sd2"));
    CHECK(loads(server) == 2);
    CHECK(server.image(server.generate(request_for("tiny-sd15"))) == first);
    server.generate(request_for("tiny-sd2"));
    CHECK(loads(server) == 2);
    CHECK(model_of(server, "tiny-sd15").at("loaded") == true);
    CHECK(model_of(server, "tiny-sd2").at("loaded") == true);
    CHECK(model_of(server, "tiny-sdxl").at("loaded") == false);
    const auto workers = server.get("/api/v1/ready").json().at("services").at("worker").at("workers");
    CHECK(workers.at(0).at("loaded_models") == json{"tiny-sd2", "tiny-sd15"});

    // A model whose files have changed is another one.
    const fs::path vae = server.folder() / "models/tiny-sd15/vae/diffusion_pytorch_model.safetensors";
    const fs::path copy = server.folder() / "copy";
    fs::copy_file(vae, copy);
    fs::rename(copy, vae);
    CHECK(server.image(server.generate(request_for("tiny-sd15"))) == first);
    CHECK(loads(server) == 3);
}

TEST_CASE("the model that was not used for longest goes when memory is short") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sd2", "tiny-sdxl"};
    std::uint64_t limit = 0;
    {
        const Server server(options);
        std::uint64_t working = 0;
        std::uint64_t smallest = UINT64_MAX;
        for (const auto &id : options.models) {
            const auto model = model_of(server, id);
            limit += bytes(model, "weights_bytes");
            smallest = std::min(smallest, bytes(model, "weights_bytes"));
            working = std::max(working, bytes(model, "working_bytes"));
            CHECK(model.at("memory").at("fits") == true);
        }
        limit += working - smallest / 2; // room for any two of them
    }
    options.memory_limit = std::to_string(limit);
    const Server server(options);
    server.generate(request_for("tiny-sd15"));
    server.generate(request_for("tiny-sd2"));
    server.generate(request_for("tiny-sd15"));
    CHECK(loads(server) == 2);
    server.generate(request_for("tiny-sdxl"));
    CHECK(loads(server) == 3);
    CHECK(model_of(server, "tiny-sd15").at("loaded") == true);
    CHECK(model_of(server, "tiny-sd2").at("loaded") == false);
    server.generate(request_for("tiny-sd15"));
    CHECK(loads(server) == 3);
    server.generate(request_for("tiny-sd2"));
    CHECK(loads(server) == 4);
}

TEST_CASE("a job that cannot fit is refused before it starts, with what would make it fit") {
    Options options;
    std::uint64_t limit = 0;
    {
        const Server server(options);
        const auto model = model_of(server, "tiny-sd15");
        limit = bytes(model, "weights_bytes") + bytes(model, "working_bytes") + (std::uint64_t{1} << 20);
    }
    options.memory_limit = std::to_string(limit);
    {
        const Server server(options);
        CHECK(model_of(server, "tiny-sd15").at("memory").at("fits") == true);
        server.generate(request_for("tiny-sd15"));
        auto large = request_for("tiny-sd15");
        large["width"] = 2048;
        large["height"] = 2048;
        const auto message = refusal(server, large);
        for (const char *part : {"2048x2048", "at most", "inference.memory_limit", "bf16"}) {
            CHECK_THAT(message, Catch::Contains(part));
        }
        CHECK(loads(server) == 1);
    }
    options.memory_limit = "1M";
    const Server server(options);
    CHECK(model_of(server, "tiny-sd15").at("memory").at("fits") == false);
    CHECK_THAT(refusal(server, request_for("tiny-sd15")), Catch::Contains("raise inference.memory_limit"));
}

TEST_CASE("a VAE on its own is listed, used and recorded") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sd2", "tiny-sdxl"};
    const Server server(options);
    CHECK(server.get("/api/v1/vaes").json().at("count") == 0);
    const fs::path vae = server.folder() / "models/vae/soft";
    fs::create_directories(vae);
    for (const char *file : {"config.json", "diffusion_pytorch_model.safetensors"}) {
        fs::copy_file(data_folder / "tiny-sd2/vae" / file, vae / file);
    }
    fs::create_directories(server.folder() / "models/vae/wide");
    for (const char *file : {"config.json", "diffusion_pytorch_model.safetensors"}) {
        fs::copy_file(data_folder / "tiny-sdxl/vae" / file, server.folder() / "models/vae/wide" / file);
    }
    const auto models = server.post("/api/v1/models/refresh").json();
    CHECK(models.at("count") == 3);
    const auto vaes = server.get("/api/v1/vaes").json();
    REQUIRE(vaes.at("count") == 2);
    CHECK(vaes.at("vaes").at(0).at("id") == "vae/soft");

    const auto plain = server.image(server.generate(request_for("tiny-sd15")));
    auto request = request_for("tiny-sd15");
    request["vae"] = "soft";
    const auto job = server.generate(request);
    const auto png = server.image(job);
    CHECK(pixels_of(png) != pixels_of(plain));
    const auto texts = texts_of(png);
    CHECK_THAT(texts.at("parameters"), Catch::Contains("VAE hash: ") && Catch::Contains("VAE: vae/soft"));
    const auto recorded = json::parse(texts.at("ablerefusal")).at("vae");
    CHECK(recorded.at("id") == "vae/soft");
    CHECK(recorded.at("sha256").get<std::string>().size() == 64);
    // With and without are two models to hold; both stay.
    CHECK(server.image(server.generate(request_for("tiny-sd15"))) == plain);
    CHECK(server.image(server.generate(request)) == png);
    CHECK(loads(server) == 2);

    request["vae"] = "wide";
    const auto error = server.post("/api/v1/generate", request).json().at("error");
    CHECK(error.at("field") == "vae");
    CHECK_THAT(error.at("message").get<std::string>(), Catch::Contains("another family"));
    request["vae"] = "tiny-sd2";
    CHECK(server.post("/api/v1/generate", request).json().at("error").at("field") == "vae");
}

TEST_CASE("the refiner goes on where the base model stops, as in the reference") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sdxl", "tiny-sdxl-refiner"};
    const Server server(options);
    std::ifstream file(data_folder / "hand-over/golden.json");
    const auto index = json::parse(file);
    const auto golden = able::models::Source::open_file(data_folder / index.at("tensors").get<std::string>());
    for (const auto &run : index.at("runs")) {
        INFO(run.at("name"));
        const json request{{"prompt", run.at("prompt")},
                           {"negative_prompt", run.at("negative")},
                           {"model", "tiny-sdxl"},
                           {"refiner", run.at("refiner")},
                           {"refiner_start", run.at("refiner_start")},
                           {"width", run.at("width")},
                           {"height", run.at("height")},
                           {"steps", run.at("steps")},
                           {"cfg_scale", run.at("cfg")},
                           {"seed", std::stoll(run.at("seed").get<std::string>())},
                           {"sampler", run.at("sampler")},
                           {"schedule", run.at("schedule")}};
        const auto job = server.generate(request);
        CHECK(job.at("total_steps") == run.at("steps"));
        const auto found = pixels_of(server.image(job));
        const able_view *view =
            golden->abi()->tensor(golden->abi(), run.at("tensors").at("image").get<std::string>().c_str());
        REQUIRE(view != nullptr);
        const auto *expected = static_cast<const std::uint8_t *>(view->data) + view->byte_offset;
        std::size_t off = 0;
        for (std::size_t i = 0; i < found.size(); ++i) {
            off += std::abs(int{found[i]} - int{expected[i]}) > 1 ? 1 : 0;
        }
        CHECK(off * 1000 <= found.size());
    }
    CHECK(loads(server) == 1);

    auto request = request_for("tiny-sdxl");
    request["refiner"] = "tiny-sdxl-refiner";
    const auto texts = texts_of(server.image(server.generate(request)));
    CHECK_THAT(texts.at("parameters"),
               Catch::Contains("Refiner: tiny-sdxl-refiner [") && Catch::Contains("Refiner switch at: 0.8"));
    CHECK(json::parse(texts.at("ablerefusal")).at("refiner").at("start") == 0.8);

    request["refiner"] = "tiny-sd15";
    CHECK(server.post("/api/v1/generate", request).json().at("error").at("field") == "refiner");
    request["refiner"] = "tiny-sdxl-refiner";
    request["refiner_start"] = 0.9999;
    CHECK_THAT(server.wait(server.submit(request)).at("error").at("message").get<std::string>(),
               Catch::Contains("none of the 4 steps"));
}

TEST_CASE("pictures in strips differ from the whole at once by rounding alone") {
    Options options;
    options.vae_tiling = "on";
    auto request = request_for("tiny-sd15");
    request["width"] = 64;
    request["height"] = 1024;
    request["steps"] = 1;
    const Server strips(options);
    const auto found = pixels_of(strips.image(strips.generate(request)));
    options.vae_tiling = "off";
    const Server whole(options);
    const auto expected = pixels_of(whole.image(whole.generate(request)));
    REQUIRE(found.size() == expected.size());
    int most = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        most = std::max(most, std::abs(int{found[i]} - int{expected[i]}));
    }
    CHECK(most <= 2);
}

} // namespace memory_test
