// Weights of eight bits against torch's own conversion; tools/fp8/make.py made the data.
#include "loaded_model.h"
#include "overlay_source.h"

#include <plugins/diffusion/view_tensor.h>

#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

namespace float8_test {

using namespace able;
using namespace able::golden;

namespace {

// NaN for NaN, else the same bits: -0 is not 0.
size_t differences(const at::Tensor &found, const at::Tensor &expected) {
    const at::Tensor a = found.to(at::kFloat).contiguous();
    const at::Tensor b = expected.to(at::kFloat).contiguous();
    size_t count = 0;
    for (int64_t i = 0; i < a.numel(); ++i) {
        const float x = a.data_ptr<float>()[i];
        const float y = b.data_ptr<float>()[i];
        const bool same = std::isnan(y) ? std::isnan(x) : std::memcmp(&x, &y, sizeof x) == 0;
        count += same ? 0 : 1;
    }
    return count;
}

} // namespace

TEST_CASE("all numbers of eight bits become what torch makes of them") {
    const c10::InferenceMode inference;
    const auto source = models::Source::open_file(data_folder() / "fp8.safetensors");
    const auto read = [&](const std::string &name, at::ScalarType dtype) {
        const able_view *view = source->abi()->tensor(source->abi(), name.c_str());
        REQUIRE(view != nullptr);
        return diffusion::copy_view(*view, name, at::kCPU, dtype, diffusion::Values::any);
    };
    for (const std::string format : {"e4m3fn", "e5m2"}) {
        INFO(format);
        const at::Tensor wide = read(format + ".codes", at::kFloat);
        CHECK(wide.sizes() == at::IntArrayRef{16, 16});
        CHECK(wide.scalar_type() == at::kFloat);
        CHECK(differences(wide, read(format + ".fp32", at::kFloat)) == 0);
        const at::Tensor narrow = read(format + ".codes", at::kBFloat16);
        CHECK(narrow.scalar_type() == at::kBFloat16);
        CHECK(differences(narrow, read(format + ".bf16", at::kBFloat16)) == 0);
    }
}

TEST_CASE("a model with weights of eight bits loads, and those of another eight bits are refused by name") {
    const char *const name = "unet.conv_in.weight";
    const size_t count = 16 * 4 * 9;
    for (const uint8_t code : {ABLE_DTYPE_FLOAT8_E4M3FN, ABLE_DTYPE_FLOAT8_E5M2}) {
        OverlaySource overlay(tiny_source());
        overlay.store(name, code, 8, std::vector<char>(count, 0x38)); // 1 and 0.5
        CHECK_NOTHROW(LoadedModel({}, overlay.abi()));
    }
    OverlaySource whole(tiny_source());
    whole.store(name, ABLE_DTYPE_INT, 8, std::vector<char>(count));
    CHECK_THROWS_WITH(LoadedModel({}, whole.abi()), Catch::Contains(name) && Catch::Contains("float8"));
}

} // namespace float8_test
