// Models whose files are broken, or ask for another network: refused by name.
#include "loaded_model.h"
#include "overlay_source.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

namespace broken_model_test {

using namespace able;
using namespace able::golden;

namespace {

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

} // namespace

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
    foreign.store(name, ABLE_DTYPE_INT, 8, std::vector<char>(1024));
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
        {unet, "addition_embed_type", R"("image")", ABLE_UNSUPPORTED},
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
        {scheduler, "rescale_betas_zero_snr", "1", ABLE_BAD_FILE},
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

TEST_CASE("a UNet that wants to know the picture's size is another family's") {
    OverlaySource overlay(tiny_source());
    overlay.config(unet, "addition_embed_type", R"("text_time")")
        .config(unet, "addition_time_embed_dim", "8")
        .config(unet, "projection_class_embeddings_input_dim", "80");
    CHECK(failure(overlay).first == ABLE_UNSUPPORTED);
    CHECK_THAT(failure(overlay).second, Catch::Contains("addition_embed_type") && Catch::Contains("XL"));
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

TEST_CASE("a quantised tensor is refused with the name of its layout") {
    OverlaySource overlay(tiny_source());
    overlay.quantise("unet.conv_in.weight", "ggml.q4_0");
    CHECK_THROWS_WITH(LoadedModel({}, overlay.abi()),
                      Catch::Contains("unet.conv_in.weight") && Catch::Contains("ggml.q4_0"));
}

} // namespace broken_model_test
