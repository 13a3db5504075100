// The LoRA plugin: what it makes of adapter files in the namings that are about, and of damaged ones.
#include "fake_host.hpp"
#include "fake_source.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

namespace lora_test {

using namespace able::tests;
using Catch::Matchers::Contains;

namespace {

const able_adapter &lora() {
    static const PluginFile file(ABLE_PLUGIN_DIR "/lora.so");
    return file.find<able_adapter>(ABLE_FACTORY_ADAPTER, "lora");
}

const std::string block = "unet.down_blocks.0.attentions.0.transformer_blocks.0.";
const std::string layer = "text_encoder.text_model.encoder.layers.0.";

// Some of Stable Diffusion 1.x's weights, of every kind that adapters change.
FakeTargets sd1() {
    return {"sd1",
            {
                {block + "attn1.to_q.weight", {320, 320}},
                {block + "attn1.to_out.0.weight", {320, 320}},
                {block + "attn2.to_k.weight", {320, 768}},
                {block + "ff.net.0.proj.weight", {2560, 320}},
                {block + "norm1.weight", {320}},
                {block + "norm1.bias", {320}},
                {"unet.down_blocks.0.attentions.0.proj_in.weight", {320, 320, 1, 1}},
                {"unet.down_blocks.0.resnets.0.conv1.weight", {320, 320, 3, 3}},
                {"unet.down_blocks.0.resnets.0.conv1.bias", {320}},
                {"unet.conv_in.weight", {320, 4, 3, 3}},
                {layer + "self_attn.q_proj.weight", {768, 768}},
                {layer + "self_attn.out_proj.weight", {768, 768}},
                {layer + "mlp.fc1.weight", {3072, 768}},
            }};
}

struct Close {
    void operator()(able_adapter_file *file) const { file->close(file); }
};

struct Opened {
    able_status status;
    std::string message;
    std::unique_ptr<able_adapter_file, Close> file;

    const able_delta *delta(const std::string &target) const {
        for (uint32_t i = 0; i < file->delta_count(file.get()); ++i) {
            const able_delta *delta = file->delta_at(file.get(), i);
            if (target == delta->target) {
                return delta;
            }
        }
        return nullptr;
    }
    uint32_t count() const { return file->delta_count(file.get()); }
    std::vector<std::string> unmatched() const {
        std::vector<std::string> names;
        for (uint32_t i = 0; i < file->unmatched_count(file.get()); ++i) {
            names.emplace_back(file->unmatched_at(file.get(), i));
        }
        return names;
    }
};

Opened open(const FakeSource &source, const FakeTargets &targets = sd1()) {
    const FakeJob job;
    able_adapter_file *file = nullptr;
    const able_status status =
        lora().open(source.get(), targets.get(), FakeParams(*lora().descriptor).get(), job.get(), &file);
    CHECK((status == ABLE_OK) == (file != nullptr));
    CHECK((status == ABLE_OK) == job.message.empty());
    return {status, job.message, std::unique_ptr<able_adapter_file, Close>(file)};
}

// One pair of factors for `attn1.to_q`, in kohya's naming.
const std::string to_q = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
FakeSource &add_pair(FakeSource &source, const std::string &module = to_q, int64_t out = 320, int64_t in = 320) {
    return source.add(module + ".lora_down.weight", {4, in}).add(module + ".lora_up.weight", {out, 4});
}

able_adapter_probe probe(const FakeSource &source) {
    able_adapter_probe result{};
    result.struct_size = sizeof result;
    REQUIRE(lora().probe(source.get(), &result) == ABLE_OK);
    return result;
}

} // namespace

TEST_CASE("Every naming of a module leads to its weight", "[lora]") {
    struct Naming {
        std::string down, up, target;
        int64_t out, in;
    };
    const std::string dotted = "down_blocks.0.attentions.0.transformer_blocks.0.";
    const std::string flat = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_";
    const auto naming = GENERATE_COPY(values<Naming>({
        // kohya
        {flat + "attn1_to_q.lora_down.weight", flat + "attn1_to_q.lora_up.weight", block + "attn1.to_q.weight", 320,
         320},
        {flat + "attn1_to_out_0.lora_down.weight", flat + "attn1_to_out_0.lora_up.weight",
         block + "attn1.to_out.0.weight", 320, 320},
        {flat + "attn2_to_k.lora_down.weight", flat + "attn2_to_k.lora_up.weight", block + "attn2.to_k.weight", 320,
         768},
        {flat + "ff_net_0_proj.lora_down.weight", flat + "ff_net_0_proj.lora_up.weight", block + "ff.net.0.proj.weight",
         2560, 320},
        {"lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight",
         "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", layer + "mlp.fc1.weight", 3072, 768},
        // PEFT, as diffusers saves it, as PEFT itself does, and of one component without its name
        {"unet." + dotted + "attn1.to_q.lora_A.weight", "unet." + dotted + "attn1.to_q.lora_B.weight",
         block + "attn1.to_q.weight", 320, 320},
        {"base_model.model." + dotted + "attn1.to_q.lora_A.weight",
         "base_model.model." + dotted + "attn1.to_q.lora_B.weight", block + "attn1.to_q.weight", 320, 320},
        {dotted + "attn1.to_q.lora_A.weight", dotted + "attn1.to_q.lora_B.weight", block + "attn1.to_q.weight", 320,
         320},
        {layer + "self_attn.q_proj.lora_A.weight", layer + "self_attn.q_proj.lora_B.weight",
         layer + "self_attn.q_proj.weight", 768, 768},
        // diffusers 0.42 with transformers 5, saved by save_lora_weights()
        {"unet." + dotted + "attn1.to_out.0.lora.down.weight", "unet." + dotted + "attn1.to_out.0.lora.up.weight",
         block + "attn1.to_out.0.weight", 320, 320},
        {"text_encoder.encoder.layers.0.self_attn.out_proj.lora_linear_layer.down.weight",
         "text_encoder.encoder.layers.0.self_attn.out_proj.lora_linear_layer.up.weight",
         layer + "self_attn.out_proj.weight", 768, 768},
        // diffusers' attention processors
        {dotted + "attn1.processor.to_q_lora.down.weight", dotted + "attn1.processor.to_q_lora.up.weight",
         block + "attn1.to_q.weight", 320, 320},
        {"unet." + dotted + "attn1.processor.to_out_lora.down.weight",
         "unet." + dotted + "attn1.processor.to_out_lora.up.weight", block + "attn1.to_out.0.weight", 320, 320},
        {layer + "self_attn.to_q_lora.down.weight", layer + "self_attn.to_q_lora.up.weight",
         layer + "self_attn.q_proj.weight", 768, 768},
    }));
    CAPTURE(naming.down);
    FakeSource source;
    source.add(naming.down, {8, naming.in}, FakeSource::bf16).add(naming.up, {naming.out, 8}, FakeSource::fp16);
    const Opened opened = open(source);
    REQUIRE(opened.status == ABLE_OK);
    REQUIRE(opened.count() == 1);
    CHECK(opened.unmatched().empty());
    const able_delta *delta = opened.delta(naming.target);
    REQUIRE(delta != nullptr);
    CHECK(delta->struct_size == sizeof(able_delta));
    CHECK(delta->kind == ABLE_DELTA_LOW_RANK);
    CHECK(delta->scale == 1.0);
    // The factors as they are, where they are.
    CHECK(delta->down.data == source.get()->tensor(source.get(), naming.down.c_str())->data);
    CHECK(delta->up.data == source.get()->tensor(source.get(), naming.up.c_str())->data);
    CHECK(delta->down.dtype_code == ABLE_DTYPE_BFLOAT);
    CHECK(delta->up.dtype_bits == 16);
    CHECK(delta->up.shape[0] == naming.out);
    CHECK(probe(source).score > 0);
}

TEST_CASE("The names of old lead to a UNet's weights, however many blocks there are", "[lora]") {
    // Two residual blocks a level going down, three going up; the first level of the one and the last of the other
    // without transformers, as in SDXL.
    std::vector<std::pair<std::string, std::vector<int64_t>>> weights;
    const auto add = [&weights](const std::string &module) {
        weights.push_back({"unet." + module + ".weight", {8, 8}});
    };
    for (const char *level : {"0", "1", "2"}) {
        const std::string down = std::string("down_blocks.") + level;
        const std::string up = std::string("up_blocks.") + level;
        for (const char *index : {"0", "1", "2"}) {
            for (const std::string &block : {down, up}) {
                if (block == down && index == std::string("2")) {
                    continue;
                }
                for (const char *part : {"conv1", "time_emb_proj", "conv2", "conv_shortcut"}) {
                    add(block + ".resnets." + index + "." + part);
                }
                if (block != "down_blocks.0" && block != "up_blocks.2") {
                    add(block + ".attentions." + index + ".proj_in");
                    add(block + ".attentions." + index + ".transformer_blocks.0.attn2.to_k");
                }
            }
        }
        if (level != std::string("2")) {
            add(down + ".downsamplers.0.conv");
            add(up + ".upsamplers.0.conv");
        }
    }
    add("up_blocks.2.upsamplers.0.conv"); // not SDXL's; shows where it is without transformers
    for (const char *rest : {"mid_block.resnets.0.conv1", "mid_block.attentions.0.proj_in", "mid_block.resnets.1.conv2",
                             "conv_in", "conv_out", "time_embedding.linear_1", "time_embedding.linear_2",
                             "add_embedding.linear_1", "add_embedding.linear_2"}) {
        add(rest);
    }
    const FakeTargets targets("sdxl", weights);
    const std::vector<std::pair<std::string, std::string>> names{
        {"input_blocks.0.0", "conv_in"},
        {"input_blocks.1.0.in_layers.2", "down_blocks.0.resnets.0.conv1"},
        {"input_blocks.2.0.emb_layers.1", "down_blocks.0.resnets.1.time_emb_proj"},
        {"input_blocks.3.0.op", "down_blocks.0.downsamplers.0.conv"},
        {"input_blocks.4.0.skip_connection", "down_blocks.1.resnets.0.conv_shortcut"},
        {"input_blocks.4.1.transformer_blocks.0.attn2.to_k",
         "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"},
        {"input_blocks.8.1.proj_in", "down_blocks.2.attentions.1.proj_in"},
        {"middle_block.0.in_layers.2", "mid_block.resnets.0.conv1"},
        {"middle_block.1.proj_in", "mid_block.attentions.0.proj_in"},
        {"middle_block.2.out_layers.3", "mid_block.resnets.1.conv2"},
        {"output_blocks.0.1.proj_in", "up_blocks.0.attentions.0.proj_in"},
        {"output_blocks.2.2.conv", "up_blocks.0.upsamplers.0.conv"},
        {"output_blocks.5.0.out_layers.3", "up_blocks.1.resnets.2.conv2"},
        {"output_blocks.8.0.in_layers.2", "up_blocks.2.resnets.2.conv1"},
        {"output_blocks.8.1.conv", "up_blocks.2.upsamplers.0.conv"},
        {"out.2", "conv_out"},
        {"time_embed.0", "time_embedding.linear_1"},
        {"time_embed.2", "time_embedding.linear_2"},
        {"label_emb.0.0", "add_embedding.linear_1"},
        {"label_emb.0.2", "add_embedding.linear_2"},
    };
    for (const auto &[old, module] : names) {
        INFO(old);
        std::string flat = "lora_unet_" + old;
        std::replace(flat.begin(), flat.end(), '.', '_');
        for (const std::string &name : {flat, "diffusion_model." + old}) {
            FakeSource source;
            add_pair(source, name, 8, 8);
            const Opened opened = open(source, targets);
            INFO(opened.message);
            REQUIRE(opened.status == ABLE_OK);
            CHECK(opened.unmatched().empty());
            CHECK(opened.delta("unet." + module + ".weight") != nullptr);
        }
    }
    FakeSource none;
    add_pair(none, "lora_unet_input_blocks_3_1_proj_in", 8, 8);
    CHECK(open(none, targets).status == ABLE_UNSUPPORTED);
}

TEST_CASE("Convolutions take factors of four dimensions, and 1x1 ones of two", "[lora]") {
    FakeSource source;
    const std::string conv = "lora_unet_down_blocks_0_resnets_0_conv1";
    const std::string in = "lora_unet_down_blocks_0_attentions_0_proj_in";
    source.add(conv + ".lora_down.weight", {16, 320, 3, 3}).add(conv + ".lora_up.weight", {320, 16, 1, 1});
    SECTION("1x1 with four") {
        source.add(in + ".lora_down.weight", {2, 320, 1, 1}).add(in + ".lora_up.weight", {320, 2, 1, 1});
    }
    SECTION("1x1 with two") {
        source.add(in + ".lora_down.weight", {2, 320}).add(in + ".lora_up.weight", {320, 2});
    }
    SECTION("a linear layer with four") {
        source.add(to_q + ".lora_down.weight", {2, 320, 1, 1}).add(to_q + ".lora_up.weight", {320, 2, 1, 1});
    }
    SECTION("of rank 1") {
        source.add(in + ".lora_down.weight", {1, 320, 1, 1}).add(in + ".lora_up.weight", {320, 1, 1, 1});
    }
    const Opened opened = open(source);
    INFO(opened.message);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(opened.count() == 2);
    CHECK(opened.delta("unet.down_blocks.0.resnets.0.conv1.weight") != nullptr);
}

TEST_CASE("The scale is alpha over rank, whatever alpha's type", "[lora]") {
    FakeSource source;
    add_pair(source); // rank 4
    SECTION("fp32") {
        source.add_scalar(to_q + ".alpha", FakeSource::fp32, 2.0F);
    }
    SECTION("fp32 of one element") {
        source.add_scalar(to_q + ".alpha", FakeSource::fp32, 2.0F, {1});
    }
    SECTION("fp64") {
        source.add_scalar(to_q + ".alpha", FakeSource::fp64, 2.0);
    }
    SECTION("fp16") {
        source.add_scalar(to_q + ".alpha", FakeSource::fp16, uint16_t{0x4000});
    }
    SECTION("bf16") {
        source.add_scalar(to_q + ".alpha", FakeSource::bf16, uint16_t{0x4000});
    }
    SECTION("int32") {
        source.add_scalar(to_q + ".alpha", FakeSource::int32, int32_t{2});
    }
    SECTION("int64") {
        source.add_scalar(to_q + ".alpha", FakeSource::int64, int64_t{2});
    }
    const Opened opened = open(source);
    INFO(opened.message);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(opened.delta(block + "attn1.to_q.weight")->scale == 0.5);
}

TEST_CASE("fp16 alphas are read exactly", "[lora]") {
    const auto [bits, value] = GENERATE(table<uint16_t, double>({
        {0x3C00, 1.0},
        {0xBC00, -1.0},
        {0x7BFF, 65504.0},
        {0x0001, std::ldexp(1.0, -24)}, // the least subnormal
        {0x03FF, std::ldexp(1023.0, -24)},
        {0x0400, std::ldexp(1.0, -14)},
        {0x3555, 0.333251953125},
        {0x0000, 0.0},
    }));
    FakeSource source;
    add_pair(source).add_scalar(to_q + ".alpha", FakeSource::fp16, bits);
    const Opened opened = open(source);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(opened.delta(block + "attn1.to_q.weight")->scale == value / 4.0);
}

TEST_CASE("PEFT's settings give the scale where the file has no alpha", "[lora]") {
    FakeSource source;
    const std::string module = block + "attn1.to_q";
    source.add(module + ".lora_A.weight", {4, 320}).add(module + ".lora_B.weight", {320, 4});
    source.add(layer + "mlp.fc1.lora_A.weight", {4, 768}).add(layer + "mlp.fc1.lora_B.weight", {3072, 4});
    const auto scale = [&](const std::string &settings) {
        source.metadata["lora_adapter_metadata"] = settings;
        const Opened opened = open(source);
        INFO(opened.message);
        REQUIRE(opened.status == ABLE_OK);
        CHECK(opened.delta(layer + "mlp.fc1.weight")->scale == 1.0); // the other component's settings are not its own
        return opened.delta(module + ".weight")->scale;
    };
    CHECK(scale(R"({})") == 1.0);
    CHECK(scale(R"({"unet.lora_alpha": 8, "unet.r": 4})") == 2.0);
    CHECK(scale(R"({"unet.lora_alpha": 8, "unet.use_rslora": true})") == 4.0);
    CHECK(scale(R"({"unet.lora_alpha": 8, "unet.alpha_pattern": {"attn1.to_q": 2}})") == 0.5);
    CHECK(scale(R"({"unet.lora_alpha": 8, "unet.alpha_pattern": {"to_k": 2, "tn1.to_q": 2}})") == 2.0);

    source.add_scalar(module + ".alpha", FakeSource::fp32, 12.0F); // the file's own comes first
    CHECK(scale(R"({"unet.lora_alpha": 8})") == 3.0);
    source.remove(module + ".alpha");

    const auto error = [&](const std::string &settings) {
        source.metadata["lora_adapter_metadata"] = settings;
        const Opened opened = open(source);
        CHECK(opened.status != ABLE_OK);
        return opened.message;
    };
    CHECK_THAT(error("{nonsense"), Contains("lora_adapter_metadata"));
    CHECK_THAT(error("[1]"), Contains("lora_adapter_metadata"));
    CHECK_THAT(error(std::string(100000, '[')), Contains("lora_adapter_metadata"));
    CHECK_THAT(error(R"({"unet.lora_alpha": "8"})"), Contains("unet.lora_alpha"));
    CHECK_THAT(error(R"({"unet.alpha_pattern": {"to_[qk]": 8}})"), Contains("to_[qk]"));
}

TEST_CASE("Keys that fit nothing are listed", "[lora]") {
    FakeSource source;
    add_pair(source);
    add_pair(source, "lora_unet_no_such_module");
    source.add("some.other.tensor", {1});
    source.add_scalar("lora_te_text_model_encoder_layers_0_mlp_fc1.alpha", FakeSource::fp32, 1.0F); // of no pair
    const Opened opened = open(source);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(opened.count() == 1);
    std::vector<std::string> unmatched = opened.unmatched();
    std::sort(unmatched.begin(), unmatched.end());
    CHECK(unmatched == std::vector<std::string>{
                           "lora_te_text_model_encoder_layers_0_mlp_fc1.alpha",
                           "lora_unet_no_such_module.lora_down.weight",
                           "lora_unet_no_such_module.lora_up.weight",
                           "some.other.tensor",
                       });
    CHECK(opened.file->delta_at(opened.file.get(), 1) == nullptr);
    CHECK(opened.file->unmatched_at(opened.file.get(), 4) == nullptr);
}

TEST_CASE("Wrong shapes are refused with the key, what it is and what it must be", "[lora][faults]") {
    struct Wrong {
        std::vector<int64_t> down, up;
        std::string key, found, expected;
    };
    const auto wrong = GENERATE(values<Wrong>({
        {{4, 321}, {320, 4}, "lora_down", "[4, 321]", "[4, 320]"},
        {{4, 320}, {319, 4}, "lora_up", "[319, 4]", "[320, 4]"},
        {{4, 320}, {320, 5}, "lora_up", "[320, 5]", "[320, 4]"},
        {{4, 320, 3, 3}, {320, 4}, "lora_down", "[4, 320, 3, 3]", "[4, 320]"},
        {{4, 320}, {320, 2, 2}, "lora_up", "[320, 2, 2]", "[320, 4]"},
        {{4}, {320, 4}, "lora_down", "[4]", "[4, 320]"},
        {{4, 320}, {320}, "lora_up", "[320]", "[320, 4]"},
        {{0, 320}, {320, 0}, "lora_down", "[0, 320]", "at least one row"},
        {{}, {320, 4}, "lora_down", "[]", "at least one row"},
    }));
    CAPTURE(wrong.down, wrong.up);
    FakeSource source;
    source.add(to_q + ".lora_down.weight", wrong.down).add(to_q + ".lora_up.weight", wrong.up);
    const Opened opened = open(source);
    CHECK(opened.status == ABLE_BAD_FILE);
    CHECK_THAT(opened.message, Contains(to_q + "." + wrong.key + ".weight"));
    CHECK_THAT(opened.message, Contains("shape " + wrong.found));
    CHECK_THAT(opened.message, Contains(wrong.expected));
}

TEST_CASE("A convolution's kernel may not be permuted into shape", "[lora][faults]") {
    FakeSource source;
    source.add("lora_unet_conv_in.lora_down.weight", {4, 3, 3, 4}).add("lora_unet_conv_in.lora_up.weight", {320, 4});
    const Opened opened = open(source);
    CHECK(opened.status == ABLE_BAD_FILE);
    CHECK_THAT(opened.message, Contains("[4, 4, 3, 3]"));
}

TEST_CASE("Alphas that are no finite scalar are refused", "[lora][faults]") {
    FakeSource source;
    add_pair(source);
    const std::string key = to_q + ".alpha";
    SECTION("NaN") {
        source.add_scalar(key, FakeSource::fp32, std::nanf(""));
    }
    SECTION("NaN in fp16") {
        source.add_scalar(key, FakeSource::fp16, uint16_t{0x7E00});
    }
    SECTION("infinite") {
        source.add_scalar(key, FakeSource::bf16, uint16_t{0x7F80});
    }
    SECTION("several values") {
        source.add(key, {2});
    }
    SECTION("no value") {
        source.add(key, {0});
    }
    SECTION("of another type") {
        source.add_scalar(key, FakeSource::uint8, uint8_t{1});
    }
    const Opened opened = open(source);
    CHECK(opened.status != ABLE_OK);
    CHECK_THAT(opened.message, Contains(key));
}

TEST_CASE("A factor without its partner is an error", "[lora][faults]") {
    FakeSource source;
    add_pair(source);
    const std::string missing = GENERATE(".lora_down.weight", ".lora_up.weight");
    source.remove(to_q + missing);
    const Opened opened = open(source);
    CHECK(opened.status == ABLE_BAD_FILE);
    CHECK_THAT(opened.message, Contains("no partner"));
    CHECK_THAT(opened.message, Contains(to_q));
}

TEST_CASE("A weight changed twice by one file is an error", "[lora][faults]") {
    FakeSource source;
    add_pair(source);
    source.add(block + "attn1.to_q.lora_A.weight", {4, 320}).add(block + "attn1.to_q.lora_B.weight", {320, 4});
    const Opened opened = open(source);
    CHECK(opened.status == ABLE_BAD_FILE);
    CHECK_THAT(opened.message, Contains("twice"));
}

TEST_CASE("Factors of a type that no pipeline takes are refused", "[lora][faults]") {
    FakeSource source;
    source.add(to_q + ".lora_down.weight", {4, 320}, FakeSource::uint8).add(to_q + ".lora_up.weight", {320, 4});
    const Opened opened = open(source);
    CHECK(opened.status == ABLE_UNSUPPORTED);
    CHECK_THAT(opened.message, Contains("lora_down"));
}

TEST_CASE("Methods that are not applied are refused, not dropped", "[lora][faults]") {
    FakeSource source;
    add_pair(source);
    const auto [suffix, method] = GENERATE(table<std::string, std::string>({
        {".oft_diag", "OFT of LyCORIS before version 2"},
        {".oft_R.weight", "PEFT's OFT"},
        {".boft_s", "PEFT's OFT or BOFT"},
        {".bm.weight", "GLoRA with a Tucker core"},
        {".ia3_l", "PEFT's (IA)3"},
        {".lora_E", "AdaLoRA"},
        {".vera_lambda_b", "VeRA"},
        {".hra_u", "HRA"},
        {".fourierft_spectrum", "FourierFT"},
        {".miss_block", "Bone or MiSS"},
        {".bias_indices", "sparse bias"},
    }));
    source.add(to_q + suffix, {4, 4});
    const Opened opened = open(source);
    CHECK(opened.status == ABLE_UNSUPPORTED);
    CHECK_THAT(opened.message, Contains(method));
    CHECK_THAT(opened.message, Contains(suffix));
}

TEST_CASE("A file of another method says which", "[lora][faults]") {
    FakeSource source;
    source.add("lora_unet_whatever.oft_diag", {4, 4, 4});
    const Opened opened = open(source);
    CHECK(opened.status == ABLE_UNSUPPORTED);
    CHECK_THAT(opened.message, Contains("OFT"));
    CHECK(probe(source).score == 0);
    CHECK_THAT(std::string(probe(source).why), Contains("OFT"));
}

TEST_CASE("An adapter for another family is refused by name", "[lora][faults]") {
    FakeSource source;
    const auto made_for = [&](const std::string &family) {
        const Opened opened = open(source);
        CHECK(opened.status == ABLE_UNSUPPORTED);
        CHECK_THAT(opened.message, Contains("made for " + family + ", the model is SD 1.x"));
        return opened.message;
    };
    SECTION("SDXL in kohya's naming, whose first text encoder would fit") {
        add_pair(source, "lora_unet_input_blocks_4_1_transformer_blocks_1_attn1_to_k", 640, 640);
        add_pair(source, "lora_te1_text_model_encoder_layers_0_mlp_fc1", 3072, 768);
        add_pair(source, "lora_te2_text_model_encoder_layers_0_mlp_fc1", 5120, 1280);
        made_for("SDXL");
        CHECK(std::string(probe(source).family) == "sdxl");
    }
    SECTION("SDXL in PEFT's naming, whose first text encoder fits") {
        source.add(layer + "mlp.fc1.lora_A.weight", {4, 768}).add(layer + "mlp.fc1.lora_B.weight", {3072, 4});
        source.add("text_encoder_2.text_model.encoder.layers.0.mlp.fc1.lora_A.weight", {4, 1280});
        made_for("SDXL");
    }
    SECTION("SD 2.x, with the same names and other shapes") {
        add_pair(source, "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 320, 1024);
        CHECK_THAT(made_for("SD 2.x"), Contains("[4, 768]"));
        CHECK(std::string(probe(source).family) == "sd2");
    }
    SECTION("SD 2.x, as a LoHa") {
        const std::string to_k = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";
        for (const char *w : {"1", "2"}) {
            source.add(to_k + ".hada_w" + w + "_a", {320, 4}).add(to_k + ".hada_w" + w + "_b", {4, 1024});
        }
        CHECK_THAT(made_for("SD 2.x"), Contains("[4, 768]"));
    }
    SECTION("SDXL, as a LoKr") {
        const std::string to_k = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";
        source.add(to_k + ".lokr_w1", {8, 16}).add(to_k + ".lokr_w2_a", {40, 4}).add(to_k + ".lokr_w2_b", {4, 128});
        CHECK_THAT(made_for("SDXL"), Contains("[320, 2048]") && Contains("[320, 768]"));
    }
    SECTION("SDXL, as a whole difference") {
        source.add("unet.attn2.to_k.diff", {640, 2048});
        made_for("SDXL");
    }
    SECTION("SDXL, as its trainer says") {
        source.add("lora_unet_nothing.on_input", {}, FakeSource::int64).add("lora_unet_nothing.weight", {640});
        source.metadata["ss_base_model_version"] = "sdxl_base_v1-0";
        made_for("SDXL");
        source.metadata = {{"modelspec.architecture", "stable-diffusion-xl-v1-base/lora"}};
        made_for("SDXL");
    }
    SECTION("FLUX") {
        source.add("transformer.single_transformer_blocks.0.attn.to_k.lora_A.weight", {4, 3072});
        source.add("transformer.single_transformer_blocks.0.attn.to_k.lora_B.weight", {3072, 4});
        made_for("FLUX");
    }
}

TEST_CASE("In a model of two text encoders each gets its own", "[lora]") {
    const FakeTargets targets("sdxl", {{layer + "mlp.fc1.weight", {3072, 768}},
                                       {"text_encoder_2.text_model.encoder.layers.0.mlp.fc1.weight", {5120, 1280}}});
    FakeSource source;
    add_pair(source, "lora_te1_text_model_encoder_layers_0_mlp_fc1", 3072, 768);
    add_pair(source, "lora_te2_text_model_encoder_layers_0_mlp_fc1", 5120, 1280);
    // Without a component it could be either.
    add_pair(source, "text_model.encoder.layers.0.mlp.fc1", 3072, 768);
    const Opened opened = open(source, targets);
    INFO(opened.message);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(opened.count() == 2);
    CHECK(opened.unmatched().size() == 2);
}

TEST_CASE("A file of which nothing fits shows its first keys", "[lora][faults]") {
    FakeSource source;
    for (int i = 0; i < 9; ++i) {
        source.add("stranger." + std::to_string(i), {1});
    }
    const Opened opened = open(source);
    CHECK(opened.status == ABLE_UNSUPPORTED);
    CHECK_THAT(opened.message, Contains("9 tensors"));
    CHECK_THAT(opened.message, Contains("stranger.0") && Contains("stranger.4") && !Contains("stranger.5"));
    CHECK(probe(source).score == 0);

    const FakeSource empty;
    CHECK(open(empty).status == ABLE_BAD_FILE);
    CHECK(probe(empty).score == 0);
}

TEST_CASE("Absurdly long keys are cut in messages, between characters", "[lora][faults]") {
    FakeSource source;
    std::string name;
    while (name.size() < 100000) {
        name += "é";
    }
    source.add(name, {1});
    const Opened opened = open(source);
    CHECK(opened.message.size() < 500);
    CHECK_THAT(opened.message, Contains("é…\""));
}

TEST_CASE("Suffixes alone, and pairs of factors for norms, name no weight", "[lora][faults]") {
    FakeSource source;
    source.add(".lora_down.weight", {4, 4}).add(".alpha", {}).add("", {1});
    add_pair(source, block + "norm1", 320, 1);
    CHECK(open(source).status == ABLE_UNSUPPORTED);
}

TEST_CASE("The text encoder's and the UNet's adapters are told from checkpoints", "[lora]") {
    FakeSource checkpoint;
    checkpoint.add("unet.conv_in.weight", {320, 4, 3, 3}).add("unet.conv_in.bias", {320});
    CHECK(probe(checkpoint).score == 0);
    FakeSource adapter;
    add_pair(adapter);
    const able_adapter_probe result = probe(adapter);
    CHECK(result.score > 0);
    CHECK(std::string(result.family).empty()); // nothing in it tells
    CHECK(result.why != nullptr);
}

} // namespace lora_test
