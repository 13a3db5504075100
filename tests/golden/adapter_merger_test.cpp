// The merger on weights larger than the tiny models': in pieces, by several threads, and from files of other types.
#include "test_job.h"

#include <plugins/diffusion/adapter_merger.h>

#include <ablerefusal/glue.hpp>
#include <c10/core/InferenceMode.h>

#include <ATen/Parallel.h>
#include <catch2/catch.hpp>
#include <deque>
#include <map>

namespace adapter_merger_test {

using namespace able;
using namespace able::golden;
using able::diffusion::AdapterMerger;
using able::diffusion::Parameter;

namespace {

// Random values of unit gain, the same in every run.
at::Tensor noise(at::IntArrayRef shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) {
        count *= extent;
    }
    const at::Tensor ramp = at::arange(count, at::kDouble);
    return ((ramp * 12.9898 + static_cast<double>(shape.size())).sin() * 43758.5453).frac().to(at::kFloat).view(shape);
}

able_view view_of(const at::Tensor &tensor) {
    able_view view{};
    view.data = tensor.data_ptr();
    view.device_type = ABLE_DEVICE_CPU;
    view.ndim = static_cast<int32_t>(tensor.dim());
    view.dtype_code = tensor.scalar_type() == at::kBFloat16 ? ABLE_DTYPE_BFLOAT : ABLE_DTYPE_FLOAT;
    view.dtype_bits = static_cast<uint8_t>(8 * tensor.element_size());
    view.dtype_lanes = 1;
    view.shape = const_cast<int64_t *>(tensor.sizes().data());
    view.strides = tensor.is_contiguous() ? nullptr : const_cast<int64_t *>(tensor.strides().data());
    return view;
}

// A file of one weight, called "unet.w.weight", and the model's own copy of it in `kept`.
class OneWeight {
public:
    OneWeight(at::IntArrayRef shape, at::ScalarType stored, at::ScalarType kept)
        : OneWeight(noise(shape).to(stored), kept) {}
    OneWeight(at::Tensor stored, at::ScalarType kept)
        : stored_(std::move(stored)), view_(view_of(stored_)), source_(make_struct<able_source>()) {
        source_.host = this;
        source_.tensor = [](const able_source *source, const char *) noexcept -> const able_view * {
            return &static_cast<const OneWeight *>(source->host)->view_;
        };
        value = stored_.to(kept, false, true);
        merger.emplace(&source_, std::vector<Parameter>{{"unet.w.weight", "unet.w.weight", value}}, "sd1");
    }

    at::Tensor original() const { return stored_.to(at::kFloat); }
    at::Tensor value;
    std::optional<AdapterMerger> merger;

private:
    at::Tensor stored_;
    able_view view_;
    able_source source_;
};

// Deltas to that weight, by tensors that live as long.
class Deltas {
public:
    Deltas() : abi_(make_struct<able_adapter_file>()) {
        abi_.self = this;
        abi_.delta_count = [](const able_adapter_file *file) noexcept {
            return static_cast<uint32_t>(static_cast<const Deltas *>(file->self)->deltas_.size());
        };
        abi_.delta_at = [](const able_adapter_file *file, uint32_t index) noexcept -> const able_delta * {
            return &static_cast<const Deltas *>(file->self)->deltas_[index];
        };
    }
    Deltas(const Deltas &) = delete;
    Deltas &operator=(const Deltas &) = delete;

    able_delta &add(int32_t kind) {
        able_delta &delta = deltas_.emplace_back(make_struct<able_delta>());
        delta.kind = kind;
        delta.target = "unet.w.weight";
        delta.scale = 0.5;
        return delta;
    }
    able_view keep(at::Tensor tensor) { return view_of(tensors_.emplace_back(std::move(tensor))); }
    able_adapter_use use(double strength) const {
        auto result = make_struct<able_adapter_use>();
        result.file = &abi_;
        result.strength = strength;
        return result;
    }

private:
    std::deque<able_delta> deltas_;
    std::deque<at::Tensor> tensors_;
    able_adapter_file abi_;
};

void apply(OneWeight &weight, const able_adapter_use &use) {
    const TestJob job;
    const able_adapter_use *uses[] = {&use};
    weight.merger->set(uses, job.abi());
}

double largest_difference(const at::Tensor &a, const at::Tensor &b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

constexpr int64_t out = 700, in = 80, rank = 6; // 3 x 3: blocks of 182 rows, the last one of 154

} // namespace

TEST_CASE("a large weight changes as its formula says, in whatever pieces") {
    const c10::InferenceMode inference;
    const int threads = at::get_num_threads();
    const double strength = 0.75;
    const at::Tensor up = noise({out, rank});
    const at::Tensor down = noise({rank, in * 9}) * 0.1;
    const at::Tensor change = 0.5 * at::mm(up.to(at::kDouble), down.to(at::kDouble));
    OneWeight weight({out, in, 3, 3}, at::kFloat, at::kFloat);
    const at::Tensor w = weight.original().to(at::kDouble).view({out, -1});
    const at::Tensor by_out = noise({out}) + 2;
    const at::Tensor by_in = noise({in}) + 2;
    const auto in_channels = [&](const at::Tensor &rows) {
        return rows.view({out, in, 9});
    };
    Deltas deltas;
    at::Tensor expected;
    SECTION("low rank") {
        able_delta &delta = deltas.add(ABLE_DELTA_LOW_RANK);
        delta.up = deltas.keep(up);
        delta.down = deltas.keep(down);
        expected = w + strength * change;
    }
    SECTION("low rank, its up factor stored on its side, in halves") {
        able_delta &delta = deltas.add(ABLE_DELTA_LOW_RANK);
        delta.up = deltas.keep(up.t().contiguous().to(at::kHalf).t());
        delta.down = deltas.keep(down.to(at::kBFloat16));
        const at::Tensor rounded = up.to(at::kHalf).to(at::kDouble);
        expected = w + strength * 0.5 * at::mm(rounded, down.to(at::kBFloat16).to(at::kDouble));
    }
    SECTION("a Hadamard product") {
        able_delta &delta = deltas.add(ABLE_DELTA_HADAMARD);
        delta.up = delta.up2 = deltas.keep(up);
        delta.down = delta.down2 = deltas.keep(down);
        expected = w + strength * 2 * change * change;
    }
    SECTION("a Kronecker product") {
        const at::Tensor small = noise({7, 4});
        const at::Tensor large = noise({100, 20, 3, 3});
        able_delta &delta = deltas.add(ABLE_DELTA_KRONECKER);
        delta.up = deltas.keep(small);
        delta.up2 = deltas.keep(large);
        // The definition, index by index: [a p + r, b q + s] = small[a, b] large[r, s].
        const at::Tensor product = small.view({7, 1, 4, 1, 1}) * large.view({1, 100, 1, 20, 9});
        expected = w + strength * 0.5 * product.reshape({out, -1}).to(at::kDouble);
    }
    SECTION("a whole difference") {
        able_delta &delta = deltas.add(ABLE_DELTA_MATRIX);
        const at::Tensor difference = noise({out, in, 3, 3}).flip(0).contiguous();
        delta.up = deltas.keep(difference);
        expected = w + strength * 0.5 * difference.view({out, -1}).to(at::kDouble);
    }
    SECTION("the output's channels") {
        able_delta &delta = deltas.add(ABLE_DELTA_CHANNELS);
        delta.up = deltas.keep(by_out);
        expected = w * (1 + strength * 0.5 * by_out.to(at::kDouble)).unsqueeze(1);
    }
    SECTION("the input's channels") {
        able_delta &delta = deltas.add(ABLE_DELTA_CHANNELS);
        delta.up = deltas.keep(by_in);
        delta.axis = ABLE_AXIS_IN;
        expected = in_channels(w) * (1 + strength * 0.5 * by_in.to(at::kDouble)).view({1, in, 1});
    }
    SECTION("DoRA over the output's channels") {
        able_delta &delta = deltas.add(ABLE_DELTA_LOW_RANK | ABLE_DELTA_DORA);
        delta.up = deltas.keep(up);
        delta.down = deltas.keep(down);
        delta.magnitude = deltas.keep(by_out);
        const at::Tensor v = w + change;
        expected =
            w + strength *
                    (v * (by_out.to(at::kDouble) / at::linalg_vector_norm(v, 2, at::IntArrayRef{1})).unsqueeze(1) - w);
    }
    SECTION("DoRA over the input's channels") {
        able_delta &delta = deltas.add(ABLE_DELTA_LOW_RANK | ABLE_DELTA_DORA);
        delta.up = deltas.keep(up);
        delta.down = deltas.keep(down);
        delta.magnitude = deltas.keep(by_in);
        delta.axis = ABLE_AXIS_IN;
        const at::Tensor v = in_channels(w + change);
        const at::Tensor scaled =
            v * (by_in.to(at::kDouble).view({1, in, 1}) / at::linalg_vector_norm(v, 2, at::IntArrayRef{0, 2}, true));
        expected = w + strength * (scaled.view({out, -1}) - w);
    }
    SECTION("several, each on what the ones before have left") {
        for (const bool first : {true, false}) {
            able_delta &delta = deltas.add(first ? ABLE_DELTA_LOW_RANK : ABLE_DELTA_CHANNELS);
            delta.up = deltas.keep(first ? up : by_out);
            delta.down = first ? deltas.keep(down) : able_view{};
        }
        expected = (w + strength * change) * (1 + strength * 0.5 * by_out.to(at::kDouble)).unsqueeze(1);
    }
    std::vector<at::Tensor> found;
    for (const int count : {1, 2}) {
        at::set_num_threads(count);
        apply(weight, deltas.use(strength));
        found.push_back(weight.value.clone());
        const double scale = expected.abs().max().item<double>();
        CHECK(largest_difference(weight.value.view({out, -1}), expected.reshape({out, -1})) < 1e-6 * scale);
        apply(weight, deltas.use(0));
        CHECK(at::equal(weight.value, weight.original()));
    }
    at::set_num_threads(threads);
    CHECK(at::equal(found[0], found[1])); // the number of threads changes no bit
}

TEST_CASE("whatever the file's type and the model's, a weight is rounded once and comes back") {
    const c10::InferenceMode inference;
    const at::Tensor up = noise({out, rank});
    const at::Tensor down = noise({rank, in}) * 0.1;
    for (const at::ScalarType stored : {at::kHalf, at::kBFloat16, at::kFloat, at::kDouble}) {
        for (const at::ScalarType kept : {at::kBFloat16, at::kHalf, at::kFloat}) {
            INFO(stored << " to " << kept);
            OneWeight weight({out, in}, stored, kept);
            const at::Tensor before = weight.value.clone();
            Deltas deltas;
            able_delta &delta = deltas.add(ABLE_DELTA_LOW_RANK);
            delta.up = deltas.keep(up);
            delta.down = deltas.keep(down);
            apply(weight, deltas.use(1));
            const at::Tensor expected = at::addmm(weight.original(), up, down, 1, 0.5);
            const double step = kept == at::kFloat ? 1e-6 : kept == at::kHalf ? 1e-3 : 8e-3;
            CHECK(largest_difference(weight.value, expected) <= step * expected.abs().max().item<double>() / 2);
            CHECK_FALSE(at::equal(weight.value, before));
            apply(weight, deltas.use(0));
            CHECK(at::equal(weight.value, before));
        }
    }
}

TEST_CASE("a change of some rows and columns is made to that part alone, whatever its kind") {
    const c10::InferenceMode inference;
    for (const int32_t kind : {int32_t{ABLE_DELTA_LOW_RANK}, int32_t{ABLE_DELTA_CHANNELS},
                               int32_t{ABLE_DELTA_KRONECKER}, ABLE_DELTA_LOW_RANK | ABLE_DELTA_DORA}) {
        INFO("kind " << kind);
        // A fused weight of more rows than the merger takes at a time, changed in its second third.
        const int64_t third = 600, columns = 400, part = 300;
        OneWeight weight({3 * third, columns}, at::kFloat, at::kFloat);
        Deltas deltas, whole;
        const at::Tensor up = noise({third, 4}), down = noise({4, part}), channels = noise({third}),
                         small = noise({2, 3}), large = noise({third / 2, part / 3}), magnitude = noise({third}).abs();
        for (Deltas *each : {&deltas, &whole}) {
            able_delta &delta = each->add(kind);
            if (kind == ABLE_DELTA_CHANNELS) {
                delta.up = each->keep(channels);
            } else if (kind == ABLE_DELTA_KRONECKER) {
                delta.up = each->keep(small);
                delta.up2 = each->keep(large);
            } else {
                delta.up = each->keep(up);
                delta.down = each->keep(down);
                delta.magnitude = each->keep(magnitude);
            }
            if (each == &deltas) {
                delta.row = static_cast<uint64_t>(third);
                delta.row_count = static_cast<uint64_t>(third);
                delta.column = 50;
                delta.column_count = static_cast<uint64_t>(part);
            }
        }
        const at::Tensor before = weight.value.clone();
        at::Tensor expected = before.clone();
        // The same change to a weight that is the part.
        OneWeight same(before.narrow(0, third, third).narrow(1, 50, part).contiguous(), at::kFloat);
        apply(same, whole.use(0.75));
        expected.narrow(0, third, third).narrow(1, 50, part).copy_(same.value);
        apply(weight, deltas.use(0.75));
        CHECK(largest_difference(weight.value, expected) <= 1e-5 * expected.abs().max().item<double>());
        CHECK_FALSE(at::equal(weight.value, before));
        CHECK(at::equal(weight.value.narrow(0, 0, third), before.narrow(0, 0, third)));
        CHECK(at::equal(weight.value.narrow(1, 0, 50), before.narrow(1, 0, 50)));
        apply(weight, deltas.use(0));
        CHECK(at::equal(weight.value, before));
    }
}

TEST_CASE("a delta that is none of the ABI's is refused, and changes nothing") {
    const c10::InferenceMode inference;
    OneWeight weight({8, 6, 3, 3}, at::kFloat, at::kFloat);
    Deltas deltas;
    able_delta &delta = deltas.add(ABLE_DELTA_LOW_RANK);
    delta.up = deltas.keep(noise({8, 2}));
    delta.down = deltas.keep(noise({2, 54}));
    const auto refused = [&](const std::string &text) {
        CHECK_THROWS_WITH(apply(weight, deltas.use(1)), Catch::Contains(text));
        CHECK(at::equal(weight.value, weight.original()));
    };
    SECTION("an unknown kind") {
        delta.kind = 8;
        refused("kind 8");
    }
    SECTION("DoRA on channels") {
        delta.kind = ABLE_DELTA_CHANNELS | ABLE_DELTA_DORA;
        refused("does not know");
    }
    SECTION("rows that it does not have") {
        delta.row = 5;
        delta.row_count = 4;
        refused("4 rows from 5 on, of 8");
    }
    SECTION("a part of no columns") {
        delta.column = 3;
        refused("columns");
    }
    SECTION("factors of the whole for a part") {
        delta.row_count = 4;
        refused("does not fit");
    }
    SECTION("no factors") {
        delta.kind = ABLE_DELTA_MATRIX;
        delta.up = delta.down = able_view{};
        refused("does not fit");
    }
    SECTION("a core of another kernel") {
        delta.kind = ABLE_DELTA_MATRIX;
        delta.mid = deltas.keep(noise({2, 2, 3, 1}));
        delta.down = deltas.keep(noise({2, 6}));
        refused("[2, 2, 3, 1]");
    }
    SECTION("a core without a factor") {
        delta.kind = ABLE_DELTA_MATRIX;
        delta.mid = deltas.keep(noise({2, 2, 3, 3}));
        delta.down = able_view{};
        refused("does not fit");
    }
    SECTION("half a Hadamard product") {
        delta.kind = ABLE_DELTA_HADAMARD;
        refused("does not fit");
    }
    SECTION("a Kronecker product of another size") {
        delta.kind = ABLE_DELTA_KRONECKER;
        delta.up2 = deltas.keep(noise({2, 2}));
        refused("does not fit");
    }
    SECTION("too few channels") {
        delta.kind = ABLE_DELTA_CHANNELS;
        delta.up = deltas.keep(noise({7}));
        refused("8 channels");
    }
    SECTION("no magnitudes") {
        delta.kind |= ABLE_DELTA_DORA;
        refused("no values for its 8 channels");
    }
    SECTION("an unknown axis") {
        delta.kind |= ABLE_DELTA_DORA;
        delta.magnitude = deltas.keep(noise({8}));
        delta.axis = 2;
        refused("axis");
    }
    SECTION("strides with gaps") {
        delta.up = deltas.keep(noise({8, 4}).narrow(1, 0, 2));
        refused("impossible shape");
    }
    SECTION("an extent of 0") {
        delta.up = deltas.keep(at::empty({8, 0}));
        refused("");
    }
}

} // namespace adapter_merger_test
