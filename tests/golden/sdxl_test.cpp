// What is SDXL's own: two encoders, the picture's size, no negative prompt; and the refiner's score.
#include "loaded_model.h"
#include "overlay_source.h"
#include "plugin_library.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

namespace sdxl_test {

using namespace able;
using namespace able::golden;

namespace {

const char *const unet = "unet/config.json";

const GoldenSet &base() {
    return golden_set("tiny-sdxl");
}

// What loading `overlay` fails with.
std::pair<able_status, std::string> failure(OverlaySource &overlay) {
    const TestJob job;
    const LoadArguments request(overlay.abi(), {});
    able_model *model = nullptr;
    const able_status status = pipeline("sdxl").load(request.abi(), job.abi(), &model);
    if (status == ABLE_OK) {
        model->unload(model);
    }
    return {status, job.message()};
}

bool all_zero(const Array &array) {
    return !array.values.empty() &&
           std::all_of(array.values.begin(), array.values.end(), [](float value) { return value == 0; });
}

// One estimate of the clean latents under `prompt`.
std::vector<float> estimate(LoadedModel &model, const Prompt &prompt) {
    const auto made = model.encode(prompt);
    const able_conditioning *const one[] = {made.get()};
    return model.denoise(array("noise/0/8x8").at(0), 2.0, one).values;
}

} // namespace

TEST_CASE("SDXL: no negative prompt is all zeros, an empty prompt is not") {
    LoadedModel &model = shared_model(base());
    const auto negative = model.encode(Prompt{"", 0, ABLE_PROMPT_NEGATIVE});
    CHECK(all_zero(model.part(negative.get(), "context")));
    CHECK(all_zero(model.part(negative.get(), "pooled")));
    const auto positive = model.encode(Prompt{"", 0, ABLE_PROMPT_POSITIVE});
    CHECK_FALSE(all_zero(model.part(positive.get(), "context")));
    const auto other = model.encode(Prompt{"a fox", 0, ABLE_PROMPT_NEGATIVE});
    CHECK(model.context(other.get()).values == model.context(model.encode("a fox").get()).values);
}

TEST_CASE("SDXL: whether no negative prompt is zeros is for model_index.json to say") {
    for (const auto &[value, zeros] : std::vector<std::pair<const char *, bool>>{{"false", false}, {"", true}}) {
        OverlaySource overlay(base().model());
        overlay.config("model_index.json", "force_zeros_for_empty_prompt", value);
        LoadedModel model(base(), {}, overlay.abi(), pipeline("sdxl"));
        const auto made = model.encode(Prompt{"", 0, ABLE_PROMPT_NEGATIVE});
        CHECK(all_zero(model.context(made.get())) == zeros);
    }
    LoadedModel &refiner = shared_model(golden_set("tiny-sdxl-refiner"));
    CHECK_FALSE(all_zero(refiner.context(refiner.encode(Prompt{"", 0, ABLE_PROMPT_NEGATIVE}).get())));
}

TEST_CASE("SDXL: the picture's size is part of the prompt, for the refiner the side of the guidance too") {
    LoadedModel &model = shared_model(base());
    const std::vector<float> square = estimate(model, {"a fox", 0, ABLE_PROMPT_POSITIVE, 64, 64});
    CHECK(estimate(model, {"a fox", 0, ABLE_PROMPT_POSITIVE, 128, 64}) != square);
    CHECK(estimate(model, {"a fox", 0, ABLE_PROMPT_NEGATIVE, 64, 64}) == square);

    LoadedModel &refiner = shared_model(golden_set("tiny-sdxl-refiner"));
    CHECK(estimate(refiner, {"a fox", 0, ABLE_PROMPT_POSITIVE}) !=
          estimate(refiner, {"a fox", 0, ABLE_PROMPT_NEGATIVE}));
}

TEST_CASE("SDXL: both encoders read as many chunks, though they count otherwise") {
    LoadedModel &model = shared_model(base());
    // "!" is the padding of the second tokenizer, and a token each time; the first makes fewer of it.
    const auto made = model.encode(std::string(100, '!'));
    CHECK(model.context(made.get()).shape[1] == 154);
    CHECK(model.job().warnings().empty());
}

TEST_CASE("SDXL: clip_skip is limited by the encoder with the fewest layers") {
    LoadedModel &model = shared_model(base());
    CHECK_NOTHROW(model.encode("a fox", 4));
    CHECK_THROWS_WITH(model.encode("a fox", 5), Catch::Contains("clip_skip is 5") && Catch::Contains("4 layers"));
}

TEST_CASE("SDXL: an inpainting model is recognised") {
    OverlaySource overlay(base().model());
    overlay.store("unet.conv_in.weight", ABLE_DTYPE_FLOAT, 32, std::vector<char>(4 * 16 * 9 * 9));
    overlay.reshape("unet.conv_in.weight", {16, 9, 3, 3}).config(unet, "in_channels", "9");
    auto found = make_struct<able_model_probe>();
    REQUIRE(pipeline("sdxl").probe(overlay.abi(), &found) == ABLE_OK);
    CHECK(found.score > 0);
    CHECK(std::string(found.variant) == "inpaint");
    const LoadedModel model(base(), {}, overlay.abi(), pipeline("sdxl"));
    CHECK(std::string(model.info().variant) == "inpaint");
    CHECK(model.inpaint() != nullptr);
}

TEST_CASE("SDXL: what is not quite a model of the family is not taken for one") {
    const std::string token = "text_encoder_2.text_model.embeddings.token_embedding.weight";
    const std::vector<std::pair<const char *, std::function<void(OverlaySource &)>>> others{
        {"does not embed",
         [](auto &o) {
             o.remove("unet.add_embedding.linear_1.weight");
         }},
        {"without its second text encoder",
         [&](auto &o) {
             o.remove(token);
         }},
        {"without its second text encoder",
         [](auto &o) {
             o.remove("text_encoder_2.text_projection.weight");
         }},
        {"another width",
         [&](auto &o) {
             o.reshape(token, {994 * 2, 12});
         }},
        {"no UNet",
         [](auto &o) {
             o.remove("unet.conv_in.weight");
         }},
    };
    for (const auto &[why, change] : others) {
        OverlaySource overlay(base().model());
        change(overlay);
        auto found = make_struct<able_model_probe>();
        REQUIRE(pipeline("sdxl").probe(overlay.abi(), &found) == ABLE_OK);
        INFO(why << " / " << found.why);
        CHECK(found.score == 0);
        CHECK_THAT(found.why, Catch::Contains(why));
    }
}

TEST_CASE("SDXL: a config that asks for another network is refused by file, field and value") {
    struct Case {
        const char *file, *key, *value;
        able_status status;
    };
    const std::vector<Case> cases{
        {unet, "addition_embed_type", "", ABLE_UNSUPPORTED},
        {unet, "addition_embed_type", R"("image")", ABLE_UNSUPPORTED},
        {unet, "addition_time_embed_dim", "", ABLE_NOT_FOUND},
        {unet, "addition_time_embed_dim", "7", ABLE_BAD_FILE},
        {unet, "projection_class_embeddings_input_dim", "69", ABLE_BAD_FILE},
        {unet, "cross_attention_dim", "24", ABLE_BAD_FILE},
        {unet, "transformer_layers_per_block", "[1, 2]", ABLE_BAD_FILE},
        {"text_encoder_2/config.json", "projection_dim", "0", ABLE_BAD_FILE},
        {"text_encoder_2/config.json", "hidden_act", R"("relu")", ABLE_UNSUPPORTED},
        {"model_index.json", "force_zeros_for_empty_prompt", "1", ABLE_BAD_FILE},
    };
    for (const Case &entry : cases) {
        INFO(entry.file << " " << entry.key << " = " << entry.value);
        OverlaySource overlay(base().model());
        overlay.config(entry.file, entry.key, entry.value);
        const auto [status, message] = failure(overlay);
        CHECK(status == entry.status);
        CHECK_THAT(message, Catch::Contains(entry.file) && Catch::Contains(std::string("\"") + entry.key + "\""));
    }
    OverlaySource shorter(base().model());
    shorter.config("text_encoder_2/config.json", "max_position_embeddings", "60");
    CHECK_THAT(failure(shorter).second, Catch::Contains("max_position_embeddings"));
}

TEST_CASE("SDXL: previews use the family's own colours") {
    LoadedModel &model = shared_model(base());
    const Array latents = array("noise/0/8x8").at(0);
    std::vector<float> pixels(8 * 8 * 3);
    auto image = make_struct<able_image>();
    image.width = image.height = 8;
    image.pixels = pixels.data();
    REQUIRE(model.abi()->preview(model.abi(), model.tensor(latents).get(), 0, &image) == ABLE_OK);
    const double red = 0.3651 * latents.values[0] - 0.2533 * latents.values[64] + 0.1076 * latents.values[128] -
                       0.3165 * latents.values[192] + 0.1084;
    CHECK(pixels[0] == Approx(std::clamp(red * 0.5 + 0.5, 0.0, 1.0)).margin(1e-6));
}

} // namespace sdxl_test
