// able_ops as the plugin implements it.
#include "loaded_model.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>
#include <cmath>

namespace tensor_ops_test {

using namespace able;
using namespace able::golden;

namespace {

using Values = std::vector<float>;

LoadedModel::Tensor row(const Values &values) {
    return tiny_model().tensor({{1, static_cast<int64_t>(values.size())}, values});
}

Values read(const LoadedModel::Tensor &tensor) {
    return tiny_model().values(tensor.get()).values;
}

const able_ops *ops() {
    return tiny_model().ops();
}

} // namespace

TEST_CASE("linear combinations may write over their inputs") {
    const auto a = row({1, 2, 3});
    const auto b = row({10, 20, 30});
    const double coefficients[] = {2.0, 0.5, -1.0};
    const able_tensor *const in[] = {a.get(), b.get(), a.get()};
    REQUIRE(ops()->lincomb(ops(), a.get(), 3, coefficients, in) == ABLE_OK);
    CHECK(read(a) == Values{6, 12, 18});
    CHECK(read(b) == Values{10, 20, 30});
    CHECK(ops()->lincomb(ops(), a.get(), 0, coefficients, in) == ABLE_INVALID_ARGUMENT);
}

TEST_CASE("products, clamps and blends") {
    const auto a = row({1, -2, 3});
    const auto b = row({4, 5, 0.5F});
    const auto out = row({0, 0, 0});
    REQUIRE(ops()->mul(ops(), out.get(), a.get(), b.get()) == ABLE_OK);
    CHECK(read(out) == Values{4, -10, 1.5F});
    REQUIRE(ops()->clamp(ops(), out.get(), out.get(), -1.0, 2.0) == ABLE_OK);
    CHECK(read(out) == Values{2, -1, 1.5F});
    const auto mask = row({1, 0, 0.5F});
    REQUIRE(ops()->blend(ops(), out.get(), a.get(), b.get(), mask.get()) == ABLE_OK);
    CHECK(read(out) == Values{1, 5, 1.75F});
}

TEST_CASE("a mask of one channel covers all of them") {
    LoadedModel &model = tiny_model();
    const auto a = model.tensor({{1, 2, 1, 2}, {1, 2, 3, 4}});
    const auto b = model.tensor({{1, 2, 1, 2}, {10, 20, 30, 40}});
    const auto mask = model.tensor({{1, 1, 1, 2}, {1, 0}});
    REQUIRE(ops()->blend(ops(), a.get(), a.get(), b.get(), mask.get()) == ABLE_OK);
    CHECK(read(a) == Values{1, 20, 3, 40});
}

TEST_CASE("shapes that differ are refused, not broadcast") {
    const auto a = row({1, 2, 3});
    const auto b = row({1});
    const double one = 1.0;
    const able_tensor *const in[] = {b.get()};
    CHECK(ops()->lincomb(ops(), a.get(), 1, &one, in) == ABLE_INVALID_ARGUMENT);
    CHECK(ops()->mul(ops(), a.get(), a.get(), b.get()) == ABLE_INVALID_ARGUMENT);
    CHECK(ops()->clamp(ops(), a.get(), b.get(), 0, 1) == ABLE_INVALID_ARGUMENT);
    float value = 0;
    CHECK(ops()->upload(ops(), a.get(), &value, 1) == ABLE_INVALID_ARGUMENT);
    CHECK(ops()->download(ops(), a.get(), &value, 1) == ABLE_INVALID_ARGUMENT);
}

TEST_CASE("error norm and deviation follow their formulas") {
    const auto a = row({1, 2, -4});
    const auto b = row({1.5F, 2, -3});
    const auto ref = row({0, 8, 0});
    double result = 0;
    REQUIRE(ops()->error_norm(ops(), a.get(), b.get(), ref.get(), 0.2, 0.1, &result) == ABLE_OK);
    const double expected = std::sqrt((std::pow(0.5 / 0.2, 2) + 0 + std::pow(1.0 / 0.4, 2)) / 3);
    CHECK(result == Approx(expected).epsilon(1e-6));
    double mean = 0;
    double std = 0;
    REQUIRE(ops()->mean_std(ops(), a.get(), 0, &mean, &std) == ABLE_OK);
    CHECK(mean == Approx(-1.0 / 3));
    CHECK(std == Approx(std::sqrt((16.0 / 9 + 49.0 / 9 + 121.0 / 9) / 2)));
    CHECK(ops()->mean_std(ops(), a.get(), 1, &mean, &std) == ABLE_INVALID_ARGUMENT);
}

TEST_CASE("a view shows the tensor's own memory") {
    const auto a = row({1, 2, 3});
    able_view view{};
    REQUIRE(ops()->view(ops(), a.get(), &view) == ABLE_OK);
    REQUIRE(view.ndim == 2);
    CHECK(view.shape[1] == 3);
    CHECK(view.dtype_bits == 32);
    static_cast<float *>(view.data)[1] = 7;
    CHECK(read(a) == Values{1, 7, 3});
}

TEST_CASE("tensors live as long as somebody holds them, and impossible ones are not made") {
    auto a = row({1, 2, 3});
    ops()->retain(ops(), a.get());
    ops()->release(ops(), a.get());
    CHECK(read(a) == Values{1, 2, 3});
    ops()->release(ops(), nullptr);
    const int64_t huge[] = {INT64_MAX / 2, 4};
    CHECK(ops()->make(ops(), 2, huge) == nullptr);
    const int64_t vast[] = {int64_t{1} << 50};
    CHECK(ops()->make(ops(), 1, vast) == nullptr);
    const int64_t negative[] = {-1};
    CHECK(ops()->make(ops(), 1, negative) == nullptr);
}

} // namespace tensor_ops_test
