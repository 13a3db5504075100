// The autoencoder over strips of rows against the whole picture at once.
#include "reference_networks.h"
#include "sampling_run.h"

#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>
#include <cmath>

namespace vae_strips_test {

using namespace able;
using namespace able::golden;

namespace {

constexpr int64_t narrowest = 1; // values of a strip: 16 rows, whatever the width

at::Tensor noise(at::IntArrayRef shape, uint64_t seed) {
    at::manual_seed(seed);
    return at::randn(shape);
}

double largest(const at::Tensor &difference) {
    return difference.abs().max().item<double>();
}

} // namespace

TEST_CASE("strips decode and encode what the whole picture gives") {
    const c10::InferenceMode inference;
    TestJob job;
    for (const char *name : {"tiny-sd15", "tiny-sdxl"}) {
        INFO(name);
        const diffusion::Networks &wide = networks_of(golden_set(name), "fp32");
        const diffusion::Networks &narrow = networks_of(golden_set(name), "bf16");
        // 35 latents high: the last strip is shorter than the others, at every level.
        const at::Tensor z = noise({1, 4, 35, 24}, 1);
        const at::Tensor whole = wide.decoder(z, job.abi());
        const at::Tensor strips = wide.decoder.in_strips(z, job.abi(), narrowest);
        REQUIRE(strips.sizes() == whole.sizes());
        const double bytes = largest(strips - whole) * 127.5; // a picture's [-1, 1] is 255 of them
        CAPTURE(bytes);
        CHECK(bytes < 0.01);
        // In bf16 either has its own rounding; the strips' is of the same size.
        const double own = largest(narrow.decoder(z, job.abi()) - whole);
        const double theirs = largest(narrow.decoder.in_strips(z, job.abi(), narrowest) - whole);
        CAPTURE(own, theirs);
        CHECK(theirs < 2 * own);

        const at::Tensor pixels = noise({1, 3, 280, 192}, 2).clamp(-1, 1);
        const diffusion::Posterior one = (*wide.encoder)(pixels, job.abi());
        const diffusion::Posterior many = wide.encoder->in_strips(pixels, job.abi(), narrowest);
        CHECK(relative_error(values(many.mean), values(one.mean)) < 1e-4);
        CHECK(relative_error(values(many.log_variance), values(one.log_variance)) < 1e-4);
        const double own_mean = largest((*narrow.encoder)(pixels, job.abi()).mean - one.mean);
        const double their_mean = largest(narrow.encoder->in_strips(pixels, job.abi(), narrowest).mean - one.mean);
        CAPTURE(own_mean, their_mean);
        CHECK(their_mean < 2 * own_mean);
    }
}

TEST_CASE("strips stop when the job is cancelled") {
    const c10::InferenceMode inference;
    const diffusion::Networks &networks = networks_of(golden_set("tiny-sd15"));
    TestJob job;
    job.cancel_at(3);
    CHECK_THROWS_WITH(networks.decoder.in_strips(noise({1, 4, 16, 16}, 1), job.abi(), narrowest),
                      Catch::Contains("cancelled"));
}

TEST_CASE("the demo model's pictures of 512x512 are the same in strips, within 2 of 255") {
    const auto demo = models::Source::open_folder(std::filesystem::path(ABLE_SOURCE_DIR) / "demo/shapes-sd15");
    // A picture with an edge and a gradient, encoded, gives latents as a sampler would.
    constexpr uint32_t side = 512;
    std::vector<float> picture(size_t{3} * side * side);
    for (size_t i = 0; i < picture.size(); ++i) {
        const size_t x = i / 3 % side;
        const size_t y = i / 3 / side;
        picture[i] = x * x + y * y < 90000 ? 0.9F : static_cast<float>(y) / side;
    }
    for (const char *dtype : {"fp32", "bf16"}) {
        INFO(dtype);
        const bool wide = std::string(dtype) == "fp32";
        LoadedModel whole({.dtype = dtype, .tiling = ABLE_TILING_OFF}, demo->abi());
        LoadedModel strips({.dtype = dtype, .tiling = ABLE_TILING_ON}, demo->abi());
        const Array latents = whole.encode_image(picture, side, side, nullptr);
        const Array again = strips.encode_image(picture, side, side, nullptr);
        CHECK(relative_error(again.values, latents.values) < (wide ? 1e-4 : 0.04));

        const std::vector<float> expected = whole.decode(latents);
        const std::vector<float> found = strips.decode(latents);
        REQUIRE(found.size() == expected.size());
        double most = 0;
        for (size_t i = 0; i < found.size(); ++i) {
            most = std::max(most, std::abs(double{found[i]} - expected[i]) * 255);
        }
        CAPTURE(most);
        CHECK(most <= (wide ? 0.1 : 2)); // in fp32 there is nothing but rounding
    }
}

} // namespace vae_strips_test
