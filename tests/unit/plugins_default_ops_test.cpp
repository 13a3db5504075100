// Operations that a model leaves out, worked out by the host, against the SDK's own over plain memory.
#include "host/plugins/calls/default_ops.h"

#include <ablerefusal/cpu_ops.h>

#include <catch2/catch.hpp>

#include <array>
#include <memory>
#include <vector>

namespace plugins_default_ops_test {

using namespace able;

namespace {

constexpr std::array<std::int64_t, 4> shape{2, 3, 2, 2};
constexpr std::array<std::int64_t, 4> mask_shape{1, 1, 2, 2};

using Tensor = std::unique_ptr<able_tensor, decltype(&able_cpu_release)>;

Tensor tensor(const std::array<std::int64_t, 4> &of, double first, double step) {
    Tensor made(able_cpu_make(4, of.data()), able_cpu_release);
    for (std::uint64_t i = 0; i < able_cpu_count(made.get()); ++i) {
        able_cpu_data(made.get())[i] = static_cast<float>(first + step * static_cast<double>(i));
    }
    return made;
}

std::vector<float> values(const Tensor &tensor) {
    return {able_cpu_data(tensor.get()), able_cpu_data(tensor.get()) + able_cpu_count(tensor.get())};
}

} // namespace

TEST_CASE("what a model leaves out of its operations, the host works out to the same numbers", "[abi][ops]") {
    const able_ops own = able_cpu_ops(nullptr);
    able_ops bare = own;
    bare.mul = nullptr;
    bare.clamp = nullptr;
    bare.blend = nullptr;
    bare.error_norm = nullptr;
    bare.mean_std = nullptr;
    bare.view = nullptr;
    const able_ops completed = plugins::complete_ops(bare);
    const Tensor a = tensor(shape, -1, 0.25), b = tensor(shape, 2, -0.125), mask = tensor(mask_shape, 0, 0.25);
    std::array<std::vector<float>, 2> products, clamped, blended;
    std::array<double, 2> norms{}, means{}, deviations{};
    for (std::size_t i = 0; i < 2; ++i) {
        const able_ops &ops = i == 0 ? own : completed;
        const Tensor out = tensor(shape, 0, 0);
        REQUIRE(ops.mul(&ops, out.get(), a.get(), b.get()) == ABLE_OK);
        products[i] = values(out);
        REQUIRE(ops.clamp(&ops, out.get(), a.get(), -0.5, 1.5) == ABLE_OK);
        clamped[i] = values(out);
        REQUIRE(ops.blend(&ops, out.get(), a.get(), b.get(), mask.get()) == ABLE_OK);
        blended[i] = values(out);
        REQUIRE(ops.error_norm(&ops, a.get(), b.get(), b.get(), 0.01, 0.1, &norms[i]) == ABLE_OK);
        REQUIRE(ops.mean_std(&ops, a.get(), 1, &means[i], &deviations[i]) == ABLE_OK);
    }
    CHECK(products[0] == products[1]);
    CHECK(clamped[0] == clamped[1]);
    CHECK(blended[0] == blended[1]);
    CHECK(norms[0] == norms[1]);
    CHECK(means[0] == means[1]);
    CHECK(deviations[0] == deviations[1]);
    // By hand: the second sample's twelve values are 2 to 4.75, and the mask serves every channel.
    CHECK(means[0] == Approx(3.375));
    CHECK(blended[0][5] == Approx(0.25 * 0.25 + 0.75 * 1.375));
    CHECK(completed.view(&completed, a.get(), nullptr) == ABLE_UNSUPPORTED);
    CHECK(plugins::complete_ops(own).mul == own.mul);
}

TEST_CASE("operations of other shapes are refused", "[abi][ops]") {
    const able_ops own = able_cpu_ops(nullptr);
    const Tensor a = tensor(shape, 0, 1), small = tensor(mask_shape, 0, 1);
    const std::array<double, 1> one{1};
    const std::array<const able_tensor *, 1> in{small.get()};
    CHECK(own.lincomb(&own, a.get(), 1, one.data(), in.data()) == ABLE_INVALID_ARGUMENT);
    CHECK(own.mul(&own, a.get(), a.get(), small.get()) == ABLE_INVALID_ARGUMENT);
    CHECK(own.mean_std(&own, a.get(), 2, nullptr, nullptr) == ABLE_INVALID_ARGUMENT);
    CHECK(own.upload(&own, a.get(), nullptr, 3) == ABLE_INVALID_ARGUMENT);
    const std::array<std::int64_t, 2> endless{INT64_MAX, INT64_MAX};
    CHECK(able_cpu_make(2, endless.data()) == nullptr);
}

} // namespace plugins_default_ops_test
