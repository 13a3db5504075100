// The autoencoder over strips of rows against the whole picture at once.
#include "reference_networks.h"
#include "sampling_run.h"

#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>
#include <cmath>

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
        for (const char *dtype : {"fp32", "bf16"}) {
            INFO(name << " " << dtype);
            const diffusion::Networks &networks = networks_of(golden_set(name), dtype);
            // 35 latents high: the last strip is shorter than the others, at every level.
            const at::Tensor z = noise({1, 4, 35, 24}, 1);
            const at::Tensor whole = networks.decoder(z, job.abi());
            const at::Tensor strips = networks.decoder.in_strips(z, job.abi(), narrowest);
            REQUIRE(strips.sizes() == whole.sizes());
            // In bytes: a picture's [-1, 1] is 255 of them.
            const double bytes = largest(strips - whole) * 127.5;
            CAPTURE(bytes);
            const bool narrow = std::string(dtype) == "bf16";
            CHECK(bytes < (narrow ? 8.0 : 0.01));
            CHECK((strips - whole).abs().mean().item<double>() * 127.5 < (narrow ? 1.0 : 0.001));

            const at::Tensor pixels = noise({1, 3, 280, 192}, 2).clamp(-1, 1);
            const diffusion::Posterior one = networks.encoder(pixels, job.abi());
            const diffusion::Posterior many = networks.encoder.in_strips(pixels, job.abi(), narrowest);
            const double mean = relative_error(values(many.mean), values(one.mean));
            CAPTURE(mean);
            CHECK(mean < (narrow ? 0.05 : 1e-4));
            CHECK(relative_error(values(many.log_variance), values(one.log_variance)) < (narrow ? 0.05 : 1e-4));
        }
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
    LoadedModel whole({.vae_tiling = ABLE_TILING_OFF}, demo->abi());
    LoadedModel strips({.vae_tiling = ABLE_TILING_ON}, demo->abi());
    // A picture with an edge and a gradient, encoded, gives latents as a sampler would.
    constexpr uint32_t side = 512;
    std::vector<float> picture(size_t{3} * side * side);
    for (size_t i = 0; i < picture.size(); ++i) {
        const size_t x = i / 3 % side;
        const size_t y = i / 3 / side;
        picture[i] = x * x + y * y < 90000 ? 0.9F : static_cast<float>(y) / side;
    }
    const Array latents = whole.encode_image(picture, side, side, nullptr);
    const Array again = strips.encode_image(picture, side, side, nullptr);
    CHECK(relative_error(again.values, latents.values) < 1e-4);

    const std::vector<float> expected = whole.decode(latents);
    const std::vector<float> found = strips.decode(latents);
    REQUIRE(found.size() == expected.size());
    double most = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        most = std::max(most, std::abs(double{found[i]} - expected[i]) * 255);
    }
    CAPTURE(most);
    CHECK(most <= 2);
    CHECK(most < 0.05); // in fp32 there is nothing but rounding
}
