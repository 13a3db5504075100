// Checkpoints in one file over REST, beside folders of the same tensors.
#include "golden_pictures.h"
#include "server_process.h"

#include "tests/golden/made_files.h"

#include <catch2/catch.hpp>

namespace single_file_test {

using namespace able;
using namespace able::e2e;
using nlohmann::json;

namespace {

std::vector<std::uint8_t> draw(const Server &server, const std::string &model, const json &extra) {
    json request = tiny_request();
    request["model"] = model;
    request["steps"] = 2;
    request.update(extra);
    return pixels_of(server.image(server.generate(request)));
}

// bfloat16 values about 0, of alternating sign.
std::vector<std::uint16_t> values(std::size_t count) {
    std::vector<std::uint16_t> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<std::uint16_t>((i * 7 % 3 == 0 ? 0x3E80U : 0xBE80U)); // 0.25, -0.25
    }
    return out;
}

// A kohya LoRA for one matrix of the text encoder and one of the UNet, of rank 2.
void write_lora(golden::MadeSource &folder, const std::filesystem::path &file) {
    golden::MadeSource lora(ABLE_SOURCE_FILE, "lora");
    const able_source *source = folder.abi();
    for (const auto &[key, target] : {
             std::pair{"lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q",
                       "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight"},
             std::pair{"lora_te_text_model_encoder_layers_0_mlp_fc1",
                       "text_encoder.text_model.encoder.layers.0.mlp.fc1.weight"},
         }) {
        const able_view *view = source->tensor(source, target);
        REQUIRE(view != nullptr);
        const std::int64_t out = view->shape[0], in = view->shape[1];
        lora.add(std::string(key) + ".lora_up.weight", {out, 2}, values(static_cast<std::size_t>(2 * out)));
        lora.add(std::string(key) + ".lora_down.weight", {2, in}, values(static_cast<std::size_t>(2 * in)));
    }
    golden::write_safetensors(lora.abi(), "", file);
}

} // namespace

TEST_CASE("a checkpoint in one file makes its folder's pictures over REST, with a LoRA too") {
    Options options;
    options.models = {};
    const Server server(options);
    golden::MadeModel made("sd1");
    const auto models = server.folder() / "models";
    golden::write_safetensors(made.file.abi(), "", models / "one.safetensors");
    golden::write_folder(made.folder, models / "many");
    write_lora(made.folder, models / "loras/bend.safetensors");
    CHECK(server.post("/api/v1/models/refresh").json().at("count") == 2);

    const json lora{{"loras", {{{"name", "bend"}, {"weight", 1}}}}};
    const auto plain = draw(server, "one", json::object());
    CHECK(draw(server, "many", json::object()) == plain);
    const auto bent = draw(server, "one", lora);
    CHECK(bent != plain);
    CHECK(draw(server, "many", lora) == bent);
    CHECK(draw(server, "one", json::object()) == plain);
}

} // namespace single_file_test
