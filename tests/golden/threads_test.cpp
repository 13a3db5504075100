// The same job gives the same bits whatever number of threads computes it.
#include "loaded_model.h"
#include "sampling_run.h"

#include "host/models/source.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <random>
#include <set>
#include <string>

namespace threads_test {

using namespace able;
using namespace able::golden;

namespace {

Array noise(std::vector<int64_t> shape) {
    Array array;
    size_t count = 1;
    for (const int64_t extent : shape) {
        count *= static_cast<size_t>(extent);
    }
    array.shape = std::move(shape);
    std::mt19937 engine(1);
    std::normal_distribution<float> normal;
    for (size_t i = 0; i < count; ++i) {
        array.values.push_back(normal(engine));
    }
    return array;
}

std::set<std::string> threads_now() {
    std::set<std::string> ids;
    for (const auto &thread : std::filesystem::directory_iterator("/proc/self/task")) {
        ids.insert(thread.path().filename());
    }
    return ids;
}

} // namespace

TEST_CASE("a whole job gives the same bits on one thread, two and three") {
    for (const auto &golden : golden_sets()) {
        for (const char *dtype : {"fp32", "bf16"}) {
            const std::string name = golden->index()["runs"][0]["name"];
            INFO(golden->name() << " " << dtype << " " << name);
            std::vector<Picture> pictures;
            for (const uint32_t threads : {1, 2, 3}) {
                LoadedModel model(*golden, {.dtype = dtype, .threads = threads});
                pictures.push_back(run(model, name));
            }
            for (const size_t i : {1, 2}) {
                CHECK(pictures[i].latents == pictures[0].latents);
                CHECK(pictures[i].pixels == pictures[0].pixels);
            }
        }
    }
}

// Maps that are large enough for libtorch to share its own operations among threads.
TEST_CASE("large maps give the same bits on one thread and two: prompt, UNet, decoder and encoder") {
    const auto demo = models::Source::open_folder(std::filesystem::path(ABLE_SOURCE_DIR) / "demo/shapes-sd15");
    const Array x = noise({1, 4, 64, 64});
    std::vector<float> picture(size_t{3} * 512 * 512);
    for (size_t i = 0; i < picture.size(); ++i) {
        picture[i] = static_cast<float>(i % 1000) / 1000;
    }
    for (const char *dtype : {"fp32", "bf16"}) {
        for (const int32_t tiling : {ABLE_TILING_OFF, ABLE_TILING_ON}) {
            INFO(dtype << (tiling == ABLE_TILING_ON ? " in strips" : ""));
            std::vector<std::vector<std::vector<float>>> results;
            for (const uint32_t threads : {1, 2}) {
                LoadedModel model({.dtype = dtype, .threads = threads, .tiling = tiling}, demo->abi());
                const auto prompt = model.encode("a red circle");
                const able_conditioning *const conditionings[] = {prompt.get()};
                results.push_back({model.context(prompt.get()).values, model.denoise(x, 5, conditionings).values,
                                   model.decode(x), model.encode_image(picture, 512, 512, nullptr).values});
            }
            for (size_t i = 0; i < results[0].size(); ++i) {
                INFO(i);
                CHECK(results[1][i] == results[0][i]);
            }
        }
    }
}

// They would wait for work in a loop for a while, beside those that compute.
TEST_CASE("a step makes no threads that the step before it has made") {
    const auto demo = models::Source::open_folder(std::filesystem::path(ABLE_SOURCE_DIR) / "demo/shapes-sd15");
    LoadedModel model({.dtype = "fp32", .threads = 2}, demo->abi());
    const auto prompt = model.encode("a red circle");
    const able_conditioning *const conditionings[] = {prompt.get()};
    const Array x = noise({1, 4, 8, 8});
    model.denoise(x, 5, conditionings);
    const auto before = threads_now();
    model.denoise(x, 5, conditionings);
    CHECK(threads_now() == before);
}

} // namespace threads_test
