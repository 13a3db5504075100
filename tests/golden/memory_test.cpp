// What a pipeline says of the memory, before and after it loads a model.
#include "loaded_model.h"

#include <catch2/catch.hpp>

namespace memory_test {

using namespace able;
using namespace able::golden;

TEST_CASE("a model takes what was estimated before it was loaded") {
    for (const auto &golden : golden_sets()) {
        for (const char *dtype : {"fp32", "bf16"}) {
            INFO(golden->name() << " " << dtype);
            LoadedModel model(*golden, {.dtype = dtype});
            const able_memory memory = estimate(golden->model(), {.dtype = dtype}, 512);
            const able_memory loaded = model.memory(512, 512, 2);
            CHECK(memory.resident == model.memory(0, 0, 0).resident);
            CHECK(memory.resident == loaded.resident);
            CHECK(memory.encode == loaded.encode);
            CHECK(memory.evaluate == loaded.evaluate);
            CHECK(memory.decode == loaded.decode);
            CHECK(loaded.evaluate > 0);
        }
    }
}

TEST_CASE("strips take less memory for a large picture, and are chosen for it") {
    const auto working = [](int32_t tiling, uint32_t side) {
        return estimate(tiny_source(), {.tiling = tiling}, side).decode;
    };
    // The tiny autoencoder is narrow: 16 channels where SD's has 256.
    CHECK(working(ABLE_TILING_AUTO, 768) == working(ABLE_TILING_OFF, 768));
    CHECK(working(ABLE_TILING_AUTO, 4096) < working(ABLE_TILING_OFF, 4096));
    CHECK(working(ABLE_TILING_AUTO, 4096) == working(ABLE_TILING_ON, 4096));
    CHECK(working(ABLE_TILING_AUTO, 0) == 0);
}

TEST_CASE("what cannot be loaded is not estimated either, with the same words") {
    CHECK_THROWS_WITH(estimate(tiny_source(), {.dtype = "fp16"}, 64), Catch::Contains("fp16"));
    CHECK_THROWS_WITH(estimate(tiny_source(), {.tiling = 7}, 64), Catch::Contains("tiling is 7"));
    CHECK_THROWS_WITH(LoadedModel({.tiling = 7}), Catch::Contains("tiling is 7"));
}

} // namespace memory_test
