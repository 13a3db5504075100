// Packed weights against libtorch's own operations.
#include <plugins/diffusion/cpu_memory.h>
#include <plugins/diffusion/layers.h>
#include <plugins/diffusion/packed_layer.h>

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>
#include <map>

namespace packed_layer_test {

using namespace able::diffusion;

namespace {

constexpr at::ScalarType formats[] = {at::kFloat, at::kBFloat16};

// The same numbers for the same shape, on one thread or many.
at::Tensor noise(at::IntArrayRef shape, at::ScalarType format) {
    at::manual_seed(static_cast<uint64_t>(shape.size()) + 7);
    return at::randn(shape).to(format);
}

double error(const at::Tensor &found, const at::Tensor &expected) {
    REQUIRE(found.sizes() == expected.sizes());
    return ((found.to(at::kDouble) - expected).abs().max() / expected.abs().max()).item<double>();
}

double bound(at::ScalarType format) {
    return format == at::kFloat ? 1e-5 : 6e-3;
}

at::Tensor wide(const at::Tensor &x) {
    return x.defined() ? x.to(at::kDouble) : x;
}

struct Map {
    int64_t batch, in, out, height, width, kernel, stride, padding;
};
const std::vector<Map> maps{{2, 4, 320, 8, 8, 3, 1, 1},   {1, 32, 64, 17, 5, 3, 1, 1},  {2, 33, 7, 9, 9, 3, 2, 1},
                            {1, 64, 64, 33, 33, 3, 2, 0}, {1, 128, 3, 64, 64, 3, 1, 1}, {3, 16, 16, 1, 1, 3, 1, 1}};

struct Product {
    int64_t in, out;
    std::vector<int64_t> x;
};
const std::vector<Product> products{
    {320, 1280, {2, 320}}, {768, 320, {2, 77, 768}}, {5, 9, {7, 5}}, {64, 4, {1, 6, 6, 64}}, {1280, 10, {1, 1280}}};

class Threads {
public:
    explicit Threads(int count) : before_(at::get_num_threads()) { at::set_num_threads(count); }
    ~Threads() { at::set_num_threads(before_); }
    Threads(const Threads &) = delete;
    Threads &operator=(const Threads &) = delete;

private:
    int before_;
};

} // namespace

TEST_CASE("packed matrices give what libtorch gives in fp64, added to something or not") {
    const c10::InferenceMode inference;
    for (const at::ScalarType format : formats) {
        for (const Product &product : products) {
            CAPTURE(at::toString(format), product.in, product.out);
            const at::Tensor weight = noise({product.out, product.in}, format);
            const auto layer = pack_linear(weight);
            if (layer == nullptr) {
                continue; // a build on a libtorch that keeps its oneDNN to itself
            }
            const at::Tensor x = noise(product.x, format);
            const at::Tensor bias = noise({product.out}, format);
            const at::Tensor expected = at::linear(wide(x), wide(weight), wide(bias));
            CHECK(error(layer->apply(x, bias), expected) < bound(format));
            CHECK(error(layer->apply(x, {}), at::linear(wide(x), wide(weight))) < bound(format));
            at::Tensor sum = noise(expected.sizes(), format);
            const at::Tensor both = expected + wide(sum);
            layer->add_to(sum, x, bias);
            CHECK(error(sum, both) < bound(format));
        }
    }
}

TEST_CASE("packed convolutions give what libtorch gives in fp64, at any size") {
    const c10::InferenceMode inference;
    for (const at::ScalarType format : formats) {
        for (const Map &map : maps) {
            CAPTURE(at::toString(format), map.in, map.out, map.height, map.width);
            const at::Tensor weight = noise({map.out, map.in, map.kernel, map.kernel}, format);
            const auto layer = pack_conv2d(weight, map.stride, map.padding);
            if (layer == nullptr) {
                continue;
            }
            const at::Tensor bias = noise({map.out}, format);
            for (const int64_t more : {0, 5}) {
                const at::Tensor x = noise({map.batch, map.in, map.height + more, map.width}, format);
                const at::Tensor expected =
                    at::conv2d(wide(x), wide(weight), wide(bias), {map.stride, map.stride}, {map.padding, map.padding});
                const at::Tensor found = layer->apply(x, bias);
                CHECK(found.is_contiguous(at::MemoryFormat::ChannelsLast));
                CHECK(error(found, expected) < bound(format));
                at::Tensor sum = noise(expected.sizes(), format).contiguous(at::MemoryFormat::ChannelsLast);
                const at::Tensor both = expected + wide(sum);
                layer->add_to(sum, x, bias);
                CHECK(error(sum, both) < bound(format));
            }
        }
    }
}

TEST_CASE("a packed convolution of strips gives the rows of the whole map's") {
    const c10::InferenceMode inference;
    for (const at::ScalarType format : formats) {
        const auto layer = pack_conv2d(noise({32, 16, 3, 3}, format), 1, 1);
        if (layer == nullptr) {
            continue;
        }
        const at::Tensor x = noise({1, 16, 20, 9}, format);
        const at::Tensor bias = noise({32}, format);
        const at::Tensor whole = layer->apply(x, bias);
        for (const auto &[first, end] : std::vector<std::pair<int64_t, int64_t>>{{0, 7}, {7, 8}, {8, 20}, {0, 20}}) {
            CAPTURE(at::toString(format), first, end);
            const int64_t above = first > 0 ? 1 : 0;
            const int64_t below = end < 20 ? 1 : 0;
            const at::Tensor rows = x.narrow(2, first - above, end - first + above + below);
            CHECK(error(layer->apply_to_strip(rows, above, below, bias),
                        whole.narrow(2, first, end - first).to(at::kDouble)) < bound(format));
        }
    }
}

TEST_CASE("a packed layer refuses values of another format") {
    const c10::InferenceMode inference;
    const at::Tensor weight = noise({8, 16}, at::kBFloat16);
    const Linear layer{stand_in(weight), {}, pack_linear(weight)};
    if (layer.packed != nullptr) {
        CHECK_THROWS_WITH(layer(noise({2, 16}, at::kFloat)), Catch::Contains("was given values in"));
    }
}

TEST_CASE("memory of the CPU's results is aligned and dense, in the order asked for") {
    const c10::InferenceMode inference;
    for (const auto &[format, strides] : std::map<at::MemoryFormat, std::vector<int64_t>>{
             {at::MemoryFormat::Contiguous, {105, 35, 7, 1}}, {at::MemoryFormat::ChannelsLast, {105, 1, 21, 3}}}) {
        for (const at::ScalarType type : formats) {
            const at::Tensor x = cpu::empty({2, 3, 5, 7}, type, format);
            CHECK(x.sizes() == at::IntArrayRef{2, 3, 5, 7});
            CHECK(x.strides() == at::IntArrayRef(strides));
            CHECK(x.scalar_type() == type);
            CHECK(reinterpret_cast<uintptr_t>(x.data_ptr()) % 64 == 0);
            CHECK(at::equal(x.fill_(3).sum(), at::full({}, 630, type)));
        }
    }
    CHECK(cpu::empty({0, 4}, at::kFloat).numel() == 0);
}

TEST_CASE("a packed weight takes new values, and the old ones again, bit for bit") {
    const c10::InferenceMode inference;
    for (const at::ScalarType format : formats) {
        const at::Tensor weight = noise({64, 32, 3, 3}, format);
        const auto layer = pack_conv2d(weight, 1, 1);
        if (layer == nullptr) {
            continue;
        }
        const at::Tensor x = noise({1, 32, 20, 20}, format);
        const at::Tensor before = layer->apply(x, {});
        CHECK(at::equal(layer->unpacked(), weight));
        layer->assign(weight * 2);
        CHECK(at::equal(layer->unpacked(), weight * 2));
        CHECK(at::equal(layer->apply(x, {}), before * 2));
        layer->assign(weight.view({64, -1})); // as an adapter may have it
        CHECK(at::equal(layer->apply(x, {}), before));
    }
}

TEST_CASE("packed layers give the same bits on any number of threads") {
    const c10::InferenceMode inference;
    for (const at::ScalarType format : formats) {
        for (const int64_t rows : {1, 2, 77, 512, 3000}) {
            const at::Tensor weight = noise({320, 1280}, format);
            const auto layer = pack_linear(weight);
            if (layer == nullptr) {
                continue;
            }
            const at::Tensor x = noise({rows, 1280}, format);
            const auto on = [&](int threads) {
                const Threads count(threads);
                return layer->apply(x, {});
            };
            const at::Tensor one = on(1);
            CHECK(at::equal(on(2), one));
            CHECK(at::equal(on(3), one));
        }
        for (const int64_t side : {4, 8, 31, 64}) {
            const at::Tensor weight = noise({96, 64, 3, 3}, format);
            const auto layer = pack_conv2d(weight, 1, 1);
            if (layer == nullptr) {
                continue;
            }
            const at::Tensor x = noise({2, 64, side, side}, format);
            const auto on = [&](int threads) {
                const Threads count(threads);
                return layer->apply(x, {});
            };
            const at::Tensor one = on(1);
            CHECK(at::equal(on(2), one));
            CHECK(at::equal(on(3), one));
        }
    }
}

TEST_CASE("what is left of a packed weight has its shape and format, and takes no values") {
    const at::Tensor weight = at::ones({3, 4}, at::kBFloat16);
    const at::Tensor rest = stand_in(weight);
    CHECK(rest.sizes() == weight.sizes());
    CHECK(rest.scalar_type() == weight.scalar_type());
    CHECK(rest.storage().nbytes() == 2);
    CHECK_THROWS(at::Tensor(rest).copy_(weight));
    CHECK_THROWS(rest.narrow(0, 0, 2).copy_(weight.narrow(0, 0, 2)));
}

TEST_CASE("a packed layer refuses an input of another format") {
    const auto layer = pack_linear(at::ones({3, 4}));
    if (layer != nullptr) {
        CHECK_THROWS(layer->apply(at::ones({2, 4}, at::kBFloat16), {}));
        CHECK_THROWS(layer->apply(at::ones({2, 5}), {}));
    }
}

} // namespace packed_layer_test
