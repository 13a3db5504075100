// What bf16 costs against the fp32 reference. docs/exactness.md has the figures measured; the bounds here are up to
// twice those of the worst family, as processors sum in different orders.
#include "adapter_file.h"
#include "reference_networks.h"
#include "sampling_run.h"

#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>

using namespace able;
using namespace able::golden;

namespace {

double error(const GoldenSet &golden, const at::Tensor &found, const std::string &expected) {
    return relative_error(values(found), golden.array(expected).values);
}

} // namespace

TEST_CASE("bf16: one evaluation of each network stays close to the fp32 reference") {
    const c10::InferenceMode inference;
    TestJob job;
    for (const auto &golden : golden_sets()) {
        const diffusion::Networks &networks = networks_of(*golden, "bf16");
        double unet = 0;
        for (const auto &entry : golden->index()["unet"]) {
            const at::Tensor found =
                networks.unet(tensor(*golden, entry["x"]), entry["t"], unet_prompt(*golden, entry), job.abi());
            unet = std::max(unet, error(*golden, found, entry["eps"]));
        }
        double decoder = 0;
        for (const auto &entry : golden->index()["vae"]["decode"]) {
            const double scaling = golden->index()["vae"]["scaling_factor"];
            const at::Tensor found = networks.decoder(tensor(*golden, entry["latents"]) / scaling, job.abi());
            decoder = std::max(decoder, error(*golden, found, entry["sample"]));
        }
        const auto &encode = golden->index()["vae"]["encode"];
        const diffusion::Posterior posterior = networks.encoder(tensor(*golden, encode["pixels"]), job.abi());
        const double mean = error(*golden, posterior.mean, encode["mean"]);
        const double log_variance = error(*golden, posterior.log_variance, encode["logvar"]);
        INFO(golden->name());
        CAPTURE(unet, decoder, mean, log_variance);
        CHECK(unet < 0.026);
        CHECK(decoder < 0.031);
        CHECK(mean < 0.035);
        CHECK(log_variance < 0.036);
        CHECK(unet > 1e-4); // it is bf16 indeed
    }
}

TEST_CASE("bf16: the text encoders stay fp32 on a CPU") {
    for (const auto &golden : golden_sets()) {
        LoadedModel model(*golden, {.device = "cpu", .dtype = "bf16"});
        CHECK(std::string(model.abi()->dtype) == "bf16");
        const auto found = model.encode("a red fox");
        const auto wide = shared_model(*golden).encode("a red fox");
        CHECK(model.context(found.get()).values == shared_model(*golden).context(wide.get()).values);
        CHECK(model.part(found.get(), "pooled").values == shared_model(*golden).part(wide.get(), "pooled").values);
    }
}

TEST_CASE("bf16: whole pictures stay close to the fp32 reference") {
    for (const auto &golden : golden_sets()) {
        LoadedModel model(*golden, {.device = "cpu", .dtype = "bf16"});
        for (const auto &entry : golden->index()["runs"]) {
            if (entry.contains("loras")) {
                continue;
            }
            const Picture picture = run(model, entry["name"]);
            const double latents = relative_error(picture.latents, golden->array(entry["tensors"]["latents"]).values);
            const double decibels = psnr(picture.pixels, golden->bytes(entry["tensors"]["image"]));
            INFO(golden->name() << " " << entry["name"]);
            CHECK(latents < 0.2);
            CHECK(decibels > 33.0);
        }
    }
}

TEST_CASE("bf16: the same run gives the same bits, and adapters leave no trace") {
    LoadedModel model({.device = "cpu", .dtype = "bf16"});
    able_model *abi = model.abi();
    const Picture first = run(model, "euler_normal");
    CHECK(run(model, "euler_normal").pixels == first.pixels);

    const LoraFile file("loras/kohya.safetensors", abi->targets);
    const able_adapter_use once = use(file.abi(), 1.0, 1.0);
    const able_adapter_use *const uses[] = {&once};
    REQUIRE(abi->set_adapters(abi, 1, uses, model.job().abi()) == ABLE_OK);
    CHECK(psnr(run(model, "lora_kohya_1").pixels, bytes("run/lora_kohya_1/image")) > 33.0);
    REQUIRE(abi->set_adapters(abi, 0, nullptr, model.job().abi()) == ABLE_OK);
    CHECK(run(model, "euler_normal").pixels == first.pixels);
}
