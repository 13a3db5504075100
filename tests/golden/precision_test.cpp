// What bf16 costs against the fp32 reference. docs/exactness.md has the figures measured; the bounds here are up to
// twice those of the worst family, as processors sum in different orders.
#include "adapter_file.h"
#include "overlay_source.h"
#include "plugin_library.h"
#include "reference_networks.h"
#include "sampling_run.h"

#include <plugins/diffusion/view_tensor.h>

#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>

namespace precision_test {

using namespace able;
using namespace able::golden;

namespace {

double error(const GoldenSet &golden, const at::Tensor &found, const std::string &expected) {
    return relative_error(values(found), golden.array(expected).values);
}

// The text encoders' weights rounded to `narrow`, and stored in `stored`.
void round_texts(OverlaySource &overlay, const able_source *base, at::ScalarType narrow, at::ScalarType stored) {
    for (uint64_t i = 0; const char *name = base->tensor_name(base, i); ++i) {
        const able_view &view = *base->tensor(base, name);
        if (std::string_view(name).starts_with("text_encoder") && view.dtype_code == ABLE_DTYPE_FLOAT) {
            const at::Tensor values = diffusion::copy_view(view, name, at::kCPU, narrow).to(stored).contiguous();
            const auto *bytes = static_cast<const char *>(values.data_ptr());
            overlay.store(name, stored == at::kBFloat16 ? ABLE_DTYPE_BFLOAT : ABLE_DTYPE_FLOAT,
                          static_cast<uint8_t>(8 * values.element_size()), {bytes, bytes + values.nbytes()});
        }
    }
}

uint64_t held(LoadedModel &model) {
    return model.memory(0, 0, 0).resident;
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
        const diffusion::Posterior posterior = (*networks.encoder)(tensor(*golden, encode["pixels"]), job.abi());
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

TEST_CASE("text encoders of 16 bits stay so in memory, and give what the same values in fp32 give, bit for bit") {
    const c10::InferenceMode inference;
    const LoadOptions options{.device = "cpu", .dtype = "bf16"};
    for (const auto &golden : golden_sets()) {
        const able_pipeline &pipeline = pipeline_for(golden->model());
        for (const at::ScalarType format : {at::kHalf, at::kBFloat16}) {
            INFO(golden->name() << " " << at::toString(format));
            OverlaySource narrow_source(golden->model());
            round_texts(narrow_source, golden->model(), format, format);
            OverlaySource wide_source(golden->model());
            round_texts(wide_source, golden->model(), format, at::kFloat);
            LoadedModel narrow(*golden, options, narrow_source.abi(), pipeline);
            LoadedModel wide(*golden, options, wide_source.abi(), pipeline);
            CHECK(held(narrow) < held(wide));
            CHECK(held(narrow) == estimate(narrow_source.abi(), options, 0).resident);
            const auto found = narrow.encode("a red fox");
            const auto expected = wide.encode("a red fox");
            CHECK(narrow.context(found.get()).values == wide.context(expected.get()).values);
            CHECK(narrow.part(found.get(), "pooled").values == wide.part(expected.get(), "pooled").values);
        }
    }
}

TEST_CASE("adapters change text encoders of 16 bits, and leave no trace") {
    const c10::InferenceMode inference;
    OverlaySource narrow_source(tiny_source());
    round_texts(narrow_source, tiny_source(), at::kHalf, at::kHalf);
    OverlaySource wide_source(tiny_source());
    round_texts(wide_source, tiny_source(), at::kHalf, at::kFloat);
    LoadedModel narrow({.device = "cpu", .dtype = "bf16"}, narrow_source.abi());
    LoadedModel wide({.device = "cpu", .dtype = "bf16"}, wide_source.abi());
    const auto context = [](LoadedModel &model) {
        return model.context(model.encode("a red fox").get()).values;
    };
    const std::vector<float> before = context(narrow);
    for (LoadedModel *model : {&narrow, &wide}) {
        const LoraFile file("loras/kohya.safetensors", model->abi()->targets);
        const able_adapter_use once = use(file.abi(), 1.0, 1.0);
        const able_adapter_use *const uses[] = {&once};
        REQUIRE(model->abi()->set_adapters(model->abi(), 1, uses, model->job().abi()) == ABLE_OK);
        if (model == &wide) {
            CHECK(relative_error(context(narrow), context(wide)) < 1e-3); // rounded to fp16 once
        }
    }
    CHECK(relative_error(context(narrow), before) > 1e-3);
    REQUIRE(narrow.abi()->set_adapters(narrow.abi(), 0, nullptr, narrow.job().abi()) == ABLE_OK);
    CHECK(context(narrow) == before);
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

} // namespace precision_test
