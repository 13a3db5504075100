// What bf16 costs against the fp32 reference. docs/precision.md has the figures measured; the bounds here are twice
// those, as processors sum in different orders.
#include "adapter_file.h"
#include "sampling_run.h"

#include <networks.h>

#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>

using namespace able;
using namespace able::golden;

namespace {

const sd15::Networks &networks() {
    static TestJob job;
    static const sd15::Networks loaded = [] {
        const c10::InferenceMode inference;
        const auto placement = diffusion::choose_placement({}, "cpu", "bf16");
        return sd15::load_networks(tiny_source(), placement, job.abi());
    }();
    return loaded;
}

at::Tensor tensor(const std::string &name) {
    Array from = array(name);
    return at::from_blob(from.values.data(), from.shape, at::kFloat).clone();
}

double error(const at::Tensor &found, const std::string &expected) {
    const at::Tensor dense = found.contiguous();
    return relative_error({dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()}, array(expected).values);
}

} // namespace

TEST_CASE("bf16: one evaluation of each network stays close to the fp32 reference") {
    const c10::InferenceMode inference;
    TestJob job;
    double unet = 0;
    for (const auto &entry : index()["unet"]) {
        const at::Tensor found = networks().unet(tensor(entry["x"]), entry["t"], tensor(entry["context"]), job.abi());
        unet = std::max(unet, error(found, entry["eps"]));
    }
    double decoder = 0;
    for (const auto &entry : index()["vae"]["decode"]) {
        const double scaling = index()["vae"]["scaling_factor"];
        decoder = std::max(decoder,
                           error(networks().decoder(tensor(entry["latents"]) / scaling, job.abi()), entry["sample"]));
    }
    const auto &encode = index()["vae"]["encode"];
    const diffusion::Posterior posterior = networks().encoder(tensor(encode["pixels"]), job.abi());
    const double mean = error(posterior.mean, encode["mean"]);
    const double log_variance = error(posterior.log_variance, encode["logvar"]);
    CAPTURE(unet, decoder, mean, log_variance);
    CHECK(unet < 0.026);
    CHECK(decoder < 0.031);
    CHECK(mean < 0.035);
    CHECK(log_variance < 0.02);
    CHECK(unet > 1e-4); // it is bf16 indeed
}

TEST_CASE("bf16: the text encoder stays fp32 on a CPU") {
    LoadedModel model({.device = "cpu", .dtype = "bf16"});
    CHECK(std::string(model.abi()->dtype) == "bf16");
    CHECK(model.context(model.encode("a red fox").get()).values ==
          tiny_model().context(tiny_model().encode("a red fox").get()).values);
}

TEST_CASE("bf16: whole pictures stay close to the fp32 reference") {
    LoadedModel model({.device = "cpu", .dtype = "bf16"});
    for (const auto &entry : index()["runs"]) {
        if (entry.contains("loras")) {
            continue;
        }
        const Picture picture = run(model, entry["name"]);
        const double latents = relative_error(picture.latents, array(entry["tensors"]["latents"]).values);
        const double decibels = psnr(picture.pixels, bytes(entry["tensors"]["image"]));
        INFO(entry["name"]);
        CHECK(latents < 0.2);
        CHECK(decibels > 33.0);
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
