#include "golden_pictures.h"

#include "server_process.h"

#include "host/base/base64.h"
#include "host/images/png.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

using nlohmann::json;
namespace fs = std::filesystem;

namespace able::e2e {

namespace {

const fs::path data_folder = fs::path(ABLE_SOURCE_DIR) / "tests/golden/data";

std::string base64(const std::string &bytes) {
    return able::base::encode_base64({reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()});
}

} // namespace

std::span<const std::byte> bytes_of(const std::string &text) {
    return std::as_bytes(std::span(text));
}

Golden golden_for(const std::string &model, const fs::path &folder) {
    for (const auto &file : fs::directory_iterator(data_folder / folder)) {
        if (file.path().extension() != ".json") {
            continue;
        }
        std::ifstream in(file.path());
        json index = json::parse(in);
        if (index.at("model") == model) {
            const fs::path tensors = data_folder / index.at("tensors").get<std::string>();
            return {std::move(index), able::models::Source::open_file(tensors)};
        }
    }
    FAIL("no golden data for " << model);
    return {};
}

std::vector<std::uint8_t> golden_pixels(const Golden &golden, const json &run) {
    const auto name = run.at("tensors").at("image").get<std::string>();
    const able_view *view = golden.tensors->abi()->tensor(golden.tensors->abi(), name.c_str());
    REQUIRE(view != nullptr);
    std::size_t count = 1;
    for (int i = 0; i < view->ndim; ++i) {
        count *= static_cast<std::size_t>(view->shape[i]);
    }
    const auto *data = static_cast<const std::uint8_t *>(view->data) + view->byte_offset;
    std::vector<std::uint8_t> pixels(data, data + count);
    if (run.contains("mask")) { // what is under the mask as it was painted, everything else as it came
        const auto original = images::decode_png(bytes_of(read_file(data_folder / run.at("init").get<std::string>())));
        const auto mask = images::decode_png(bytes_of(read_file(data_folder / run.at("mask").get<std::string>())));
        REQUIRE(original.rgb.size() == count);
        for (std::size_t i = 0; i < count; ++i) {
            pixels[i] = mask.rgb[i] < 128 ? original.rgb[i] : pixels[i];
        }
    }
    return pixels;
}

json request_of(const std::string &model, const json &run) {
    json request{{"prompt", run.at("prompt")},
                 {"negative_prompt", run.at("negative")},
                 {"model", model},
                 {"width", run.at("width")},
                 {"height", run.at("height")},
                 {"steps", run.at("steps")},
                 {"cfg_scale", run.at("cfg")},
                 {"seed", std::stoll(run.at("seed").get<std::string>())},
                 {"sampler", run.at("sampler")},
                 {"schedule", run.at("schedule")}};
    for (const auto &lora : run.value("loras", json::array())) {
        request["loras"].push_back(
            {{"name", fs::path(lora.at("file").get<std::string>()).stem().string()}, {"weight", lora.at("strength")}});
    }
    if (run.contains("clip_skip")) {
        request["clip_skip"] = run.at("clip_skip");
    }
    if (run.contains("init")) {
        request["init_image"] =
            "data:image/png;base64," + base64(read_file(data_folder / run.at("init").get<std::string>()));
        request["strength"] = run.at("strength");
    }
    if (run.contains("mask")) {
        request["mask"] = base64(read_file(data_folder / run.at("mask").get<std::string>()));
        request["mask_blur"] = 0;
        request["mask_content"] = run.at("mask_content");
    }
    request.merge_patch(run.value("request", json::object())); // null takes a field away
    return request;
}

std::vector<std::uint8_t> pixels_of(const std::string &png) {
    return images::decode_png(bytes_of(png)).rgb;
}

void check_pixels(const std::string &png, const std::vector<std::uint8_t> &expected) {
    const auto pixels = pixels_of(png);
    REQUIRE(pixels.size() == expected.size());
    std::size_t off = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        off += std::abs(int{pixels[i]} - int{expected[i]}) > 1 ? 1 : 0;
    }
    CHECK(off * 1000 <= expected.size());
}

} // namespace able::e2e
