// One evaluation of the model through the plugin.
#include "loaded_model.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

namespace denoise_test {

using namespace able;
using namespace able::golden;

namespace {

Array batch_of_two() {
    Array x = array("noise/42/8x8");
    x.shape[0] = 2;
    x.values.resize(2 * 256);
    return x;
}

} // namespace

TEST_CASE("denoising a batch agrees with denoising each sample alone") {
    LoadedModel &model = tiny_model();
    const auto fox = model.encode("a red fox");
    const auto city = model.encode("a city at night");
    const able_conditioning *const both[] = {fox.get(), city.get()};
    const Array x = batch_of_two();
    for (size_t wanted = 0; wanted < 2; ++wanted) {
        const Array together = model.denoise(x, 3.5, both, wanted);
        const able_conditioning *const one[] = {both[wanted]};
        for (int64_t sample = 0; sample < 2; ++sample) {
            CHECK(relative_error(together.at(sample).values, model.denoise(x.at(sample), 3.5, one).values) < 1e-5);
        }
    }
}

TEST_CASE("the estimate of the clean latents may be written over the latents") {
    LoadedModel &model = tiny_model();
    const auto fox = model.encode("a red fox");
    const able_conditioning *const one[] = {fox.get()};
    const Array x = batch_of_two();
    const Array expected = model.denoise(x, 1.25, one);
    const LoadedModel::Tensor both_ways = model.tensor(x);
    able_tensor *const outs[] = {both_ways.get()};
    REQUIRE(model.evaluate(both_ways.get(), 1.25, one, outs) == ABLE_OK);
    CHECK(model.values(both_ways.get()).values == expected.values);
}

TEST_CASE("denoise refuses what it is not made for") {
    LoadedModel &model = tiny_model();
    const auto fox = model.encode("a red fox");
    const able_conditioning *const one[] = {fox.get()};
    const Array x = batch_of_two();
    CHECK_THROWS_WITH(model.denoise(x, 0.0, one), Catch::Contains("sigma"));
    Array flat = x;
    flat.shape = {2, 8, 4, 8};
    CHECK_THROWS_WITH(model.denoise(flat, 1.0, one), Catch::Contains("[2, 8, 4, 8]"));
    const LoadedModel::Tensor in = model.tensor(x);
    CHECK(model.evaluate(in.get(), 1.0, {}, {}) == ABLE_INVALID_ARGUMENT);
}

TEST_CASE("cancelling stops every long call between two blocks") {
    LoadedModel model;
    const auto fox = model.encode("a red fox");
    const able_conditioning *const one[] = {fox.get()};
    const Array x = batch_of_two();
    const auto status_of = [&](auto &&call) {
        try {
            call();
            return able_status{ABLE_OK};
        } catch (const Error &error) {
            return error.status();
        }
    };
    std::vector<float> pixels(64 * 64 * 3, 0.5F);
    const std::vector<std::function<void()>> calls{
        [&] { model.encode("a red fox"); },
        [&] { model.denoise(x, 1.0, one); },
        [&] { model.decode(x.at(0)); },
        [&] { model.encode_image(pixels, 64, 64, nullptr); },
    };
    for (const auto &call : calls) {
        model.job().cancel_at(UINT64_MAX);
        REQUIRE(status_of(call) == ABLE_OK);
        const uint64_t polls = model.job().polls();
        CHECK(polls >= 4); // it asks often enough
        for (uint64_t poll = 0; poll < polls; ++poll) {
            model.job().cancel_at(poll);
            CHECK(status_of(call) == ABLE_CANCELLED);
            CHECK(model.job().polls() == poll + 1); // and stops at once
        }
    }
    model.job().cancel_at(UINT64_MAX);
    CHECK(status_of(calls[1]) == ABLE_OK);
}

} // namespace denoise_test
