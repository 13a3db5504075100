// Loading whole models, among them unusual ones.
#include "loaded_model.h"
#include "overlay_source.h"
#include "plugin_library.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>
#include <cstring>

namespace loading_test {

using namespace able;
using namespace able::golden;

namespace {

const char *const scheduler = "scheduler/scheduler_config.json";

std::vector<char> as_bf16(const able_view &view, size_t count) {
    std::vector<char> bytes(2 * count);
    for (size_t i = 0; i < count; ++i) {
        std::memcpy(&bytes[2 * i], static_cast<const char *>(view.data) + view.byte_offset + 4 * i + 2, 2);
    }
    return bytes;
}

} // namespace

TEST_CASE("the plugins describe themselves") {
    REQUIRE(pipeline_plugins().size() == 2);
    for (const char *file : pipeline_plugins()) {
        const able_plugin &described = plugin(file);
        CHECK(std::string(described.engine).rfind("libtorch/", 0) == 0);
        CHECK(described.abi_minor == ABLE_ABI_MINOR);
        CHECK(described.get_factory("able.unheard-of/1") == nullptr);
        const able_factory *factory = described.get_factory(ABLE_FACTORY_PIPELINE);
        REQUIRE(factory != nullptr);
        CHECK(factory->count == 1);
        CHECK(factory->at(1) == nullptr);
        const auto *only = static_cast<const able_pipeline *>(factory->at(0));
        CHECK(std::string(described.id) == std::string("able.") + only->descriptor->id);
    }
    CHECK(std::string(pipeline("sd15").descriptor->id) == "sd15");
    CHECK(std::string(pipeline("sdxl").descriptor->id) == "sdxl");
}

TEST_CASE("a loaded model says what it is") {
    LoadedModel &model = tiny_model();
    const able_model_info &info = model.info();
    CHECK(std::string(info.family) == "sd1");
    CHECK(std::string(info.variant) == "base");
    CHECK(info.prediction == ABLE_PREDICTION_EPSILON);
    CHECK(info.levels->sigma_count == 1000);
    CHECK(info.levels->sigma_min == info.levels->sigmas[0]);
    CHECK(info.levels->sigma_max == info.levels->sigmas[999]);
    CHECK(info.latent_channels == 4);
    CHECK(info.scale_factor == 8);
    CHECK(info.size_multiple == 8);
    CHECK(info.default_width == 64);
    CHECK(info.default_height == 64);
    CHECK(std::string(model.abi()->device) == "cpu");
    CHECK(std::string(model.abi()->dtype) == "fp32");
    CHECK(model.abi()->get_extension(model.abi(), "able.unheard-of/1") == nullptr);
    const uint64_t idle = model.memory(0, 0, 0).resident;
    CHECK(idle > 2'000'000);
    CHECK(idle < 3'000'000);
    CHECK(model.memory(512, 512, 2).evaluate > model.memory(512, 512, 1).evaluate);
}

TEST_CASE("a model of v-prediction says so, and its rescaled noise levels reach where nothing is left") {
    const able_model_info &info = shared_model(golden_set("tiny-sd2")).info();
    CHECK(info.prediction == ABLE_PREDICTION_V);
    CHECK(info.levels->sigma_max == Approx(4096).epsilon(1e-6));
    OverlaySource plain(golden_set("tiny-sd2").model());
    plain.config(scheduler, "rescale_betas_zero_snr", "false");
    LoadedModel model({}, plain.abi());
    CHECK(model.info().levels->sigma_max == Approx(tiny_model().info().levels->sigma_max).epsilon(1e-6));
}

TEST_CASE("progress rises to the whole, and nothing in a model's files is left unread") {
    for (const auto &golden : golden_sets()) {
        INFO(golden->name());
        LoadedModel model(*golden);
        const auto &done = model.job().progress();
        REQUIRE(done.size() > 100);
        CHECK(std::is_sorted(done.begin(), done.end()));
        CHECK(done.back() == model.job().total());
        CHECK(model.job().warnings().empty());
    }
}

TEST_CASE("loading can be cancelled at any tensor") {
    for (const uint64_t poll : {0, 1, 50, 200}) {
        TestJob job;
        job.cancel_at(poll);
        const LoadArguments request(tiny_source(), {});
        able_model *model = nullptr;
        CHECK(pipeline("sd15").load(request.abi(), job.abi(), &model) == ABLE_CANCELLED);
        CHECK(job.polls() == poll + 1);
        CHECK(model == nullptr);
    }
}

TEST_CASE("text encoders load with and without their wrapper, and position_ids are nobody's business") {
    OverlaySource overlay(tiny_source());
    const able_source *source = tiny_source();
    const std::string wrapped = "text_encoder.text_model.";
    for (uint64_t i = 0; const char *name = source->tensor_name(source, i); ++i) {
        const std::string full(name);
        if (full.rfind(wrapped, 0) == 0) {
            overlay.rename(full, "text_encoder." + full.substr(wrapped.size()));
        }
    }
    overlay.add("text_encoder.embeddings.position_ids", "vae.encoder.conv_in.bias");
    LoadedModel bare({}, overlay.abi());
    CHECK(bare.job().warnings().empty());
    CHECK(bare.context(bare.encode("a red fox").get()).values ==
          tiny_model().context(tiny_model().encode("a red fox").get()).values);
    const able_targets *targets = bare.abi()->targets;
    CHECK(std::string(targets->at(targets, 0)->name).rfind(wrapped, 0) == 0);
}

TEST_CASE("autoencoders load under the names of old and as 1x1 convolutions") {
    OverlaySource overlay(tiny_source());
    for (const char *half : {"encoder", "decoder"}) {
        const std::string at = std::string("vae.") + half + ".mid_block.attentions.0.";
        for (const auto &[name, old] : std::vector<std::pair<std::string, std::string>>{
                 {"to_q", "query"}, {"to_k", "key"}, {"to_v", "value"}, {"to_out.0", "proj_attn"}}) {
            overlay.rename(at + name + ".weight", at + old + ".weight").rename(at + name + ".bias", at + old + ".bias");
            overlay.reshape(at + old + ".weight", {16, 16, 1, 1});
        }
    }
    LoadedModel old({}, overlay.abi());
    const Array latents = array("vae/decode/8x8/latents");
    CHECK(old.decode(latents) == tiny_model().decode(latents));
}

TEST_CASE("a model with tensors that would go unused is refused by their name, but for those that do no harm") {
    for (const char *name : {"unet.motion.weight", "vae.decoder.extra.bias", "text_encoder.prefix.weight"}) {
        OverlaySource overlay(tiny_source());
        overlay.add(name, "unet.conv_in.weight");
        CHECK_THROWS_WITH(LoadedModel({}, overlay.abi()), Catch::Contains(name));
    }
    OverlaySource overlay(tiny_source());
    for (const char *name : {"text_encoder.text_model.embeddings.position_ids", "text_encoder.text_projection.weight",
                             "safety_checker.concept_embeds", "vae.loss.logvar"}) {
        overlay.add(name, "unet.conv_in.weight");
    }
    const LoadedModel model({}, overlay.abi());
}

TEST_CASE("a weight that is no number is found when the model is loaded, and named") {
    for (const float value : {NAN, INFINITY, -INFINITY}) {
        OverlaySource overlay(tiny_source());
        std::vector<char> bytes(16 * 4 * 9 * sizeof value);
        std::memcpy(&bytes[bytes.size() - sizeof value], &value, sizeof value);
        overlay.store("unet.conv_in.weight", ABLE_DTYPE_FLOAT, 32, std::move(bytes));
        CHECK_THROWS_WITH(LoadedModel({}, overlay.abi()),
                          Catch::Contains("unet.conv_in.weight") && Catch::Contains("no numbers"));
    }
}

TEST_CASE("weights at odd addresses and in bf16 load") {
    const std::string name = "unet.conv_in.weight"; // 16 * 4 * 3 * 3 values
    OverlaySource rounded(tiny_source());
    const std::vector<char> bf16 = as_bf16(rounded.view(name), 576);
    std::vector<char> widened(4 * 576);
    for (size_t i = 0; i < 576; ++i) {
        std::memcpy(&widened[4 * i + 2], &bf16[2 * i], 2);
    }
    rounded.store(name, ABLE_DTYPE_FLOAT, 32, widened);
    std::vector<char> shifted(bf16.size() + 1);
    std::memcpy(&shifted[1], bf16.data(), bf16.size());
    OverlaySource odd(tiny_source());
    odd.store(name, ABLE_DTYPE_BFLOAT, 16, std::move(shifted)).offset(name, 1);

    LoadedModel first({}, rounded.abi());
    LoadedModel second({}, odd.abi());
    const auto fox1 = first.encode("a red fox");
    const auto fox2 = second.encode("a red fox");
    const able_conditioning *const one[] = {fox1.get()};
    const able_conditioning *const two[] = {fox2.get()};
    const Array x = array("noise/0/8x8").at(0);
    CHECK(first.denoise(x, 2.0, one).values == second.denoise(x, 2.0, two).values);
}

TEST_CASE("v-prediction and sample-prediction give the estimate by their own formulas") {
    const Array x = array("noise/0/8x8").at(0);
    const double sigma = 2.0;
    std::map<std::string, std::vector<float>> estimates;
    for (const char *type : {"epsilon", "v_prediction", "sample"}) {
        OverlaySource overlay(tiny_source());
        overlay.config(scheduler, "prediction_type", std::string("\"") + type + "\"");
        LoadedModel model({}, overlay.abi());
        const auto fox = model.encode("a red fox");
        const able_conditioning *const one[] = {fox.get()};
        estimates[type] = model.denoise(x, sigma, one).values;
    }
    std::vector<float> v(x.values.size());
    std::vector<float> epsilon(x.values.size());
    for (size_t i = 0; i < v.size(); ++i) {
        const double out = estimates["sample"][i];
        v[i] = static_cast<float>(x.values[i] / (sigma * sigma + 1) - out * sigma / std::sqrt(sigma * sigma + 1));
        epsilon[i] = static_cast<float>(x.values[i] - sigma * out);
    }
    CHECK(relative_error(estimates["v_prediction"], v) < 1e-6);
    CHECK(relative_error(estimates["epsilon"], epsilon) < 1e-6);
}

TEST_CASE("requests for devices and types that are not there are refused") {
    CHECK_THROWS_WITH(LoadedModel({.device = "cpu", .dtype = "fp16"}), Catch::Contains("fp16"));
    CHECK_THROWS_WITH(LoadedModel({.device = "tpu", .dtype = "auto"}), Catch::Contains("tpu"));
    CHECK_THROWS_WITH(LoadedModel({.device = "cpu", .dtype = "int8"}), Catch::Contains("int8"));
}

} // namespace loading_test
