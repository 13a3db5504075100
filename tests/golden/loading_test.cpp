// Recognising and loading models, whole and broken.
#include "loaded_model.h"
#include "overlay_source.h"
#include "plugin_library.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>
#include <cstring>

using namespace able;
using namespace able::golden;

namespace {

able_probe probe(const able_source *source) {
    auto result = make_struct<able_probe>();
    REQUIRE(sd15().probe(source, &result) == ABLE_OK);
    return result;
}

const char *const unet = "unet/config.json";
const char *const vae = "vae/config.json";
const char *const text = "text_encoder/config.json";
const char *const scheduler = "scheduler/scheduler_config.json";

// What loading `overlay` fails with.
std::pair<able_status, std::string> failure(OverlaySource &overlay) {
    try {
        const LoadedModel model({}, overlay.abi());
    } catch (const Error &error) {
        return {error.status(), error.what()};
    }
    return {ABLE_OK, ""};
}

std::vector<char> as_bf16(const able_view &view, size_t count) {
    std::vector<char> bytes(2 * count);
    for (size_t i = 0; i < count; ++i) {
        std::memcpy(&bytes[2 * i], static_cast<const char *>(view.data) + view.byte_offset + 4 * i + 2, 2);
    }
    return bytes;
}

} // namespace

TEST_CASE("the plugin describes itself") {
    const able_plugin &described = plugin(ABLE_SD15_PLUGIN);
    CHECK(std::string(described.id) == "able.sd15");
    CHECK(std::string(described.engine).rfind("libtorch/", 0) == 0);
    CHECK(described.abi_minor == ABLE_ABI_MINOR);
    CHECK(described.get_factory("able.unheard-of/1") == nullptr);
    const able_factory *factory = described.get_factory(ABLE_FACTORY_PIPELINE);
    REQUIRE(factory != nullptr);
    CHECK(factory->count == 1);
    CHECK(factory->at(1) == nullptr);
    CHECK(std::string(sd15().descriptor->id) == "sd15");
}

TEST_CASE("a loaded model says what it is") {
    LoadedModel &model = tiny_model();
    const able_model_info &info = model.info();
    CHECK(std::string(info.family) == "sd1");
    CHECK(std::string(info.variant) == "base");
    CHECK(info.prediction == ABLE_PREDICTION_EPSILON);
    CHECK(info.sigma_count == 1000);
    CHECK(info.sigma_min == info.sigmas[0]);
    CHECK(info.sigma_max == info.sigmas[999]);
    CHECK(info.latent_channels == 4);
    CHECK(info.scale_factor == 8);
    CHECK(info.size_multiple == 8);
    CHECK(info.default_width == 64);
    CHECK(info.default_height == 64);
    CHECK(std::string(model.abi()->device) == "cpu");
    CHECK(std::string(model.abi()->dtype) == "fp32");
    CHECK(model.abi()->get_extension(model.abi(), "able.unheard-of/1") == nullptr);
    const uint64_t idle = model.abi()->memory(model.abi(), 0, 0, 0);
    CHECK(idle > 2'000'000);
    CHECK(idle < 3'000'000);
    CHECK(model.abi()->memory(model.abi(), 512, 512, 2) > model.abi()->memory(model.abi(), 512, 512, 1));
}

TEST_CASE("progress rises to the whole") {
    LoadedModel model;
    const auto &done = model.job().progress();
    REQUIRE(done.size() > 100);
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(done.back() == model.job().total());
    CHECK(model.job().warnings().empty());
}

TEST_CASE("loading can be cancelled at any tensor") {
    for (const uint64_t poll : {0, 1, 50, 200}) {
        TestJob job;
        job.cancel_at(poll);
        auto options = make_struct<able_load_options>();
        options.device = "cpu";
        options.dtype = "fp32";
        able_model *model = nullptr;
        CHECK(sd15().load(tiny_source(), &options, job.abi(), &model) == ABLE_CANCELLED);
        CHECK(job.polls() == poll + 1);
        CHECK(model == nullptr);
    }
}

TEST_CASE("a base model is recognised by its tensors") {
    const able_probe found = probe(tiny_source());
    CHECK(found.score > 0);
    CHECK(std::string(found.family) == "sd1");
    CHECK(std::string(found.variant) == "base");
    CHECK(found.default_width == 64);
    OverlaySource bare(tiny_source());
    bare.text(unet, std::nullopt).text("model_index.json", std::nullopt);
    CHECK(probe(bare.abi()).score == found.score);
    CHECK(probe(bare.abi()).default_width == 512);
}

TEST_CASE("an inpainting model is recognised, and refused in words") {
    OverlaySource overlay(tiny_source());
    overlay.store("unet.conv_in.weight", ABLE_DTYPE_FLOAT, 32, std::vector<char>(4 * 16 * 9 * 9));
    overlay.reshape("unet.conv_in.weight", {16, 9, 3, 3}).config(unet, "in_channels", "9");
    const able_probe found = probe(overlay.abi());
    CHECK(found.score > 0);
    CHECK(std::string(found.variant) == "inpaint");
    const auto [status, message] = failure(overlay);
    CHECK(status == ABLE_UNSUPPORTED);
    CHECK_THAT(message, Catch::Contains("inpainting model"));
}

TEST_CASE("other models are not taken for this one") {
    const std::string proj = "unet.down_blocks.0.attentions.0.proj_in.weight";
    const std::string token = "text_encoder.text_model.embeddings.token_embedding.weight";
    struct Other {
        std::function<void(OverlaySource &)> change;
        const char *why;
    };
    const std::vector<Other> others{
        {[&](auto &o) { o.add("text_encoder_2.text_model.final_layer_norm.weight", token); }, "XL"},
        {[&](auto &o) { o.add("unet.add_embedding.linear_1.weight", token); }, "XL"},
        {[&](auto &o) {
             for (const char *p : {"down_blocks.0", "down_blocks.1", "mid_block", "up_blocks.1", "up_blocks.2"}) {
                 for (int i = 0; i < 2; ++i) {
                     const std::string name =
                         std::string("unet.") + p + ".attentions." + std::to_string(i) + ".proj_in.weight";
                     if (tiny_source()->tensor(tiny_source(), name.c_str()) != nullptr) {
                         const int64_t width = o.view(name).shape[0];
                         o.reshape(name, {width, width});
                     }
                 }
             }
         },
         "Stable Diffusion 2"},
        {[&](auto &o) { o.remove("unet.conv_in.weight"); }, "no UNet"},
        {[&](auto &o) { o.remove(token); }, "text encoder"},
        {[&](auto &o) {
             o.reshape(token, {994 / 2, 64});
         },
         "width"},
        {[&](auto &o) {
             o.store("unet.conv_in.weight", ABLE_DTYPE_FLOAT, 32, std::vector<char>(4 * 16 * 5 * 9))
                 .reshape("unet.conv_in.weight", {16, 5, 3, 3});
         },
         "neither 4 nor 9"},
    };
    for (const Other &other : others) {
        OverlaySource overlay(tiny_source());
        other.change(overlay);
        const able_probe found = probe(overlay.abi());
        INFO(other.why << " / " << found.why);
        CHECK(found.score == 0);
        CHECK_THAT(found.why, Catch::Contains(other.why));
    }
    const auto lora = models::Source::open_file(data_folder() / "loras/kohya.safetensors");
    CHECK(probe(lora->abi()).score == 0);
}

TEST_CASE("a tensor that is missing, misshapen or of a foreign type is named") {
    const std::string name = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight";
    OverlaySource missing(tiny_source());
    missing.remove(name);
    CHECK(failure(missing).first == ABLE_NOT_FOUND);
    CHECK_THAT(failure(missing).second, Catch::Contains(name));
    OverlaySource misshapen(tiny_source());
    misshapen.reshape(name, {16, 64});
    CHECK(failure(misshapen).first == ABLE_BAD_FILE);
    CHECK_THAT(failure(misshapen).second,
               Catch::Contains(name) && Catch::Contains("[16, 64]") && Catch::Contains("[32, 32]"));
    OverlaySource foreign(tiny_source());
    foreign.store(name, ABLE_DTYPE_FLOAT8_E4M3FN, 8, std::vector<char>(1024));
    CHECK(failure(foreign).first == ABLE_UNSUPPORTED);
    CHECK_THAT(failure(foreign).second, Catch::Contains(name));
}

TEST_CASE("a config that asks for another network is refused by file, field and value") {
    struct Case {
        const char *file, *key, *value;
        able_status status;
    };
    const std::vector<Case> cases{
        {unet, "down_block_types", R"(["CrossAttnDownBlock2D","SkipDownBlock2D","DownBlock2D"])", ABLE_UNSUPPORTED},
        {unet, "up_block_types", R"(["UpBlock2D"])", ABLE_BAD_FILE},
        {unet, "time_cond_proj_dim", "256", ABLE_UNSUPPORTED},
        {unet, "mid_block_type", R"("UNetMidBlock2DSimpleCrossAttn")", ABLE_UNSUPPORTED},
        {unet, "act_fn", R"("mish")", ABLE_UNSUPPORTED},
        {unet, "class_embed_type", R"("timestep")", ABLE_UNSUPPORTED},
        {unet, "addition_embed_type", R"("text_time")", ABLE_UNSUPPORTED},
        {unet, "dual_cross_attention", "true", ABLE_UNSUPPORTED},
        {unet, "resnet_time_scale_shift", R"("scale_shift")", ABLE_UNSUPPORTED},
        {unet, "norm_num_groups", "7", ABLE_BAD_FILE},
        {unet, "attention_head_dim", "5", ABLE_BAD_FILE},
        {unet, "attention_head_dim", "[4, 4]", ABLE_BAD_FILE},
        {unet, "block_out_channels", "[16, -32, 32]", ABLE_BAD_FILE},
        {unet, "block_out_channels", "[16, 1e3, 32]", ABLE_BAD_FILE},
        {unet, "block_out_channels", "18446744073709551615", ABLE_BAD_FILE},
        {unet, "block_out_channels", "", ABLE_NOT_FOUND},
        {unet, "layers_per_block", "1000000", ABLE_BAD_FILE},
        {unet, "cross_attention_dim", "64", ABLE_BAD_FILE},
        {unet, "in_channels", "8", ABLE_BAD_FILE},
        {unet, "use_linear_projection", "1", ABLE_BAD_FILE},
        {vae, "down_block_types", R"(["A","B","C","D"])", ABLE_UNSUPPORTED},
        {vae, "latents_mean", "[0, 0, 0, 0]", ABLE_UNSUPPORTED},
        {vae, "scaling_factor", "0", ABLE_BAD_FILE},
        {vae, "scaling_factor", R"("big")", ABLE_BAD_FILE},
        {vae, "norm_num_groups", "3", ABLE_BAD_FILE},
        {text, "hidden_act", R"("relu")", ABLE_UNSUPPORTED},
        {text, "num_attention_heads", "5", ABLE_BAD_FILE},
        {scheduler, "beta_schedule", R"("squaredcos_cap_v2")", ABLE_UNSUPPORTED},
        {scheduler, "beta_start", "", ABLE_NOT_FOUND},
        {scheduler, "beta_end", "2", ABLE_BAD_FILE},
        {scheduler, "prediction_type", R"("flow")", ABLE_UNSUPPORTED},
        {scheduler, "rescale_betas_zero_snr", "true", ABLE_UNSUPPORTED},
        {scheduler, "trained_betas", "[0.1, 0.2]", ABLE_BAD_FILE},
    };
    for (const Case &entry : cases) {
        INFO(entry.file << " " << entry.key << " = " << entry.value);
        OverlaySource overlay(tiny_source());
        overlay.config(entry.file, entry.key, entry.value);
        const auto [status, message] = failure(overlay);
        CHECK(status == entry.status);
        CHECK_THAT(message, Catch::Contains(entry.file) && Catch::Contains(std::string("\"") + entry.key + "\""));
    }
}

TEST_CASE("files that are missing or no JSON are named") {
    for (const char *path : {unet, vae, text, scheduler, "tokenizer/vocab.json", "tokenizer/merges.txt"}) {
        OverlaySource overlay(tiny_source());
        overlay.text(path, std::nullopt);
        CHECK(failure(overlay).first == ABLE_NOT_FOUND);
        CHECK_THAT(failure(overlay).second, Catch::Contains(path));
        overlay.text(path, "[1, 2");
        CHECK(failure(overlay).first == ABLE_BAD_FILE);
        CHECK_THAT(failure(overlay).second, Catch::Contains(path));
    }
}

TEST_CASE("a tokenizer that does not fit the text encoder is refused") {
    OverlaySource ids(tiny_source());
    ids.config("tokenizer/vocab.json", "<|endoftext|>", "5000");
    CHECK_THAT(failure(ids).second, Catch::Contains("5000") && Catch::Contains("994"));
    OverlaySource negative(tiny_source());
    negative.config("tokenizer/vocab.json", "a", "-1");
    CHECK_THAT(failure(negative).second, Catch::Contains("vocab.json"));
    OverlaySource unknown(tiny_source());
    unknown.config("tokenizer/vocab.json", "<|startoftext|>", "");
    CHECK_THAT(failure(unknown).second, Catch::Contains("<|startoftext|>"));
    OverlaySource merges(tiny_source());
    merges.text("tokenizer/merges.txt", "#version: 0.2\na b\nzzz qqq\n");
    CHECK_THAT(failure(merges).second, Catch::Contains("merges.txt, line"));
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

TEST_CASE("tensors that the model has no use for are ignored with a warning") {
    OverlaySource overlay(tiny_source());
    overlay.add("unet.motion.weight", "unet.conv_in.weight");
    LoadedModel model({}, overlay.abi());
    REQUIRE(model.job().warnings().size() == 1);
    CHECK_THAT(model.job().warnings().front(), Catch::Contains("unet.motion.weight"));
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
