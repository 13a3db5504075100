// Single-file checkpoints shown in the diffusers layout, against what diffusers' own conversion makes of them.
#include "ldm_reference.hpp"

#include "diffusers_view.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <set>

namespace diffusion_ldm_view_test {

using namespace able::diffusion;
using namespace able::tests;
using nlohmann::json;

namespace {

std::set<std::string> names(const able_source *source) {
    std::set<std::string> result;
    for (uint64_t i = 0; const char *name = source->tensor_name(source, i); ++i) {
        result.insert(name);
    }
    return result;
}

std::set<std::string> reference_names(const std::string &family) {
    std::set<std::string> result;
    for (const ReferenceRow &row : reference(family)) {
        if (row.how != "-") {
            result.insert(row.name);
        }
    }
    return result;
}

// Names that only one of the two has; a few of them.
std::vector<std::string> difference(const std::set<std::string> &a, const std::set<std::string> &b) {
    std::vector<std::string> only;
    std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(only));
    only.resize(std::min<std::size_t>(only.size(), 5));
    return only;
}

const std::vector<std::string> none;

std::vector<int64_t> shape_of(const able_view &view) {
    return {view.shape, view.shape + view.ndim};
}

json config(const DiffusersView &view, const std::string &path) {
    uint64_t length = 0;
    const char *text = view.abi()->text(view.abi(), path.c_str(), &length);
    REQUIRE(text != nullptr);
    CHECK(std::string(text).size() == length);
    return json::parse(text);
}

// The number of elements before the row that `how` names.
int64_t first_element(const ReferenceRow &row) {
    if (row.how[0] != '+') {
        return 0;
    }
    return std::stoll(row.how.substr(1)) * (row.file_shape.size() == 2 ? row.file_shape[1] : 1);
}

// A scalar stands for every level.
json for_each_level(const json &value, std::size_t levels) {
    return value.is_array() ? value : json(std::vector<json>(levels, value));
}

} // namespace

TEST_CASE("every tensor has the name, the shape and the place that diffusers gives it", "[ldm]") {
    const std::string family = GENERATE("sd1", "sd2", "sdxl", "refiner");
    const auto file = reference_file(family);
    const DiffusersView view(file->abi());
    REQUIRE(view.problem() == nullptr);
    const able_source *abi = view.abi();
    CHECK(abi->kind == ABLE_SOURCE_FOLDER);
    CHECK(std::string(abi->name) == "model.safetensors");
    CHECK(difference(names(abi), reference_names(family)) == none);
    CHECK(abi->tensor_count(abi) == reference_names(family).size());
    std::size_t wrong = 0;
    for (const ReferenceRow &row : reference(family)) {
        if (row.how == "-") {
            continue;
        }
        const able_view *tensor = abi->tensor(abi, row.name.c_str());
        const bool right = tensor != nullptr && shape_of(*tensor) == row.shape && tensor->strides == nullptr &&
                           (row.how == "T" || file->offset(*tensor) == first_element(row));
        if (!right && wrong++ == 0) {
            UNSCOPED_INFO(row.name);
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("the parts have as many tensors as the published models", "[ldm]") {
    const auto [family, component, count] = GENERATE(table<std::string, std::string, int>({
        {"sd1", "unet.", 686},
        {"sd1", "vae.", 248},
        {"sd1", "text_encoder.", 196},
        {"sd2", "unet.", 686},
        {"sd2", "text_encoder.", 372},
        {"sdxl", "unet.", 1680},
        {"sdxl", "text_encoder.", 196},
        {"sdxl", "text_encoder_2.", 517},
        {"refiner", "unet.", 1220},
        {"refiner", "text_encoder.", 0},
        {"refiner", "text_encoder_2.", 517},
    }));
    const auto file = reference_file(family);
    const DiffusersView view(file->abi());
    int found = 0;
    for (const std::string &name : names(view.abi())) {
        found += name.starts_with(component) ? 1 : 0;
    }
    CHECK(found == count);
}

TEST_CASE("the configurations say what the shapes came from", "[ldm]") {
    const std::string family = GENERATE("sd1", "sd2", "sdxl", "refiner");
    const auto file = reference_file(family);
    // SD 2.1 predicts the velocity, which only its values tell.
    file->metadata["modelspec.prediction_type"] = family == "sd2" ? "v" : "epsilon";
    const DiffusersView view(file->abi());
    const json configs = reference_configs();
    for (const auto &[component, expected] : configs.at(family).items()) {
        const json made = config(view, component + "/config.json");
        const std::size_t levels = expected.value("block_out_channels", json::array()).size();
        for (const auto &[key, value] : expected.items()) {
            INFO(component << " " << key << " " << made.value(key, json()) << " " << value);
            const bool per_level = key == "transformer_layers_per_block" || key == "attention_head_dim";
            if (!per_level) {
                CHECK(made.value(key, json()) == value);
                continue;
            }
            const json made_levels = for_each_level(made.at(key), levels);
            const json value_levels = for_each_level(value, levels);
            for (std::size_t level = 0; level < levels; ++level) {
                const bool used = key != "transformer_layers_per_block" || level + 1 == levels ||
                                  expected["down_block_types"][level] == "CrossAttnDownBlock2D";
                CHECK((!used || made_levels[level] == value_levels[level]));
            }
        }
    }
    CHECK(config(view, "vae/config.json")["scaling_factor"] ==
          (family[0] == 'r' || family == "sdxl" ? 0.13025 : 0.18215));
    CHECK(config(view, "unet/config.json").contains("upcast_attention") == (family == "sd2"));
    CHECK(config(view, "scheduler/scheduler_config.json")["prediction_type"] ==
          (family == "sd2" ? "v_prediction" : "epsilon"));
    CHECK(view.abi()->text(view.abi(), "unet/other.json", nullptr) == nullptr);
    CHECK(view.abi()->text(view.abi(), nullptr, nullptr) == nullptr);
}

TEST_CASE("inpainting models are the same networks with nine channels", "[ldm]") {
    const auto [family, pipeline] = GENERATE(table<std::string, std::string>({
        {"sd1", "StableDiffusionInpaintPipeline"},
        {"sd2", "StableDiffusionInpaintPipeline"},
        {"sdxl", "StableDiffusionXLInpaintPipeline"},
    }));
    const auto file = reference_file(family);
    file->add("model.diffusion_model.input_blocks.0.0.weight", {320, 9, 3, 3});
    const DiffusersView view(file->abi());
    CHECK(difference(names(view.abi()), reference_names(family)) == none);
    CHECK(config(view, "unet/config.json")["in_channels"] == 9);
    CHECK(config(view, "model_index.json")["_class_name"] == pipeline);
    CHECK(config(view, "scheduler/scheduler_config.json")["prediction_type"] == "epsilon");
}

TEST_CASE("the pipelines of the families are told apart", "[ldm]") {
    const auto index = [](const std::string &family) {
        const auto file = reference_file(family);
        return config(DiffusersView(file->abi()), "model_index.json");
    };
    CHECK(index("sd1")["_class_name"] == "StableDiffusionPipeline");
    CHECK(index("sdxl")["force_zeros_for_empty_prompt"] == true);
    CHECK(index("refiner")["requires_aesthetics_score"] == true);
    CHECK(index("refiner")["force_zeros_for_empty_prompt"] == false);
}

TEST_CASE("what is no weight is left out, what is unknown keeps its name", "[ldm]") {
    const auto file = reference_file("sd1");
    for (const char *name : {"model_ema.diffusion_modelinput_blocks00weight", "model_ema.decay", "betas",
                             "alphas_cumprod", "sqrt_one_minus_alphas_cumprod", "logvar", "posterior_variance",
                             "global_step", "cond_stage_model.transformer.text_model.embeddings.position_ids"}) {
        file->add(name, {1});
    }
    CHECK(difference(names(DiffusersView(file->abi()).abi()), reference_names("sd1")) == none);

    file->add("model.diffusion_model.something.new", {1}).add("first_stage_model.loss.logvar", {1});
    file->add("model.diffusion_model.input_blocks.1.0.new.weight", {1});
    auto expected = reference_names("sd1");
    expected.insert({"unet.something.new", "vae.loss.logvar", "unet.input_blocks.1.0.new.weight"});
    CHECK(difference(names(DiffusersView(file->abi()).abi()), expected) == none);
}

TEST_CASE("a name that two tensors claim goes to the one that belongs there", "[ldm]") {
    const auto file = reference_file("sd1");
    file->add("model.diffusion_model.conv_in.weight", {7}); // as it would be kept
    const DiffusersView view(file->abi());
    CHECK(difference(names(view.abi()), reference_names("sd1")) == none);
    CHECK(view.abi()->tensor_count(view.abi()) == reference_names("sd1").size());
    CHECK(shape_of(*view.abi()->tensor(view.abi(), "unet.conv_in.weight")) == std::vector<int64_t>{320, 4, 3, 3});
}

TEST_CASE("other prefixes of the same parts are known", "[ldm]") {
    const auto renamed = [](const std::string &family, const std::string &from, const std::string &to) {
        auto file = std::make_unique<ShapeSource>();
        for (const ReferenceRow &row : reference(family)) {
            const bool hit = row.file_name.starts_with(from);
            file->add(hit ? to + row.file_name.substr(from.size()) : row.file_name, row.file_shape);
        }
        return names(DiffusersView(file->abi()).abi());
    };
    CHECK(difference(renamed("sd1", "cond_stage_model.transformer.text_model.", "cond_stage_model.transformer."),
                     reference_names("sd1")) == none);
    CHECK(difference(renamed("sd2", "cond_stage_model.model.", "conditioner.embedders.0.model."),
                     reference_names("sd2")) == none);
    CHECK(difference(renamed("sd1", "first_stage_model.", "vae."), reference_names("sd1")) == none);
    CHECK(difference(renamed("sd1", "first_stage_model.", ""), reference_names("sd1")) == none);
    CHECK(difference(renamed("sdxl", "model.diffusion_model.", ""), reference_names("sdxl")) == none);
}

TEST_CASE("an encoder of SD 2 that was saved without its unused layer keeps all of them", "[ldm]") {
    const auto file = reference_file("sd2");
    for (const ReferenceRow &row : reference("sd2")) {
        if (row.how == "-") {
            file->remove(row.file_name);
        }
    }
    const DiffusersView view(file->abi());
    CHECK(difference(names(view.abi()), reference_names("sd2")) == none);
    CHECK(config(view, "text_encoder/config.json")["num_hidden_layers"] == 23);
}

TEST_CASE("a part alone is shown alone", "[ldm]") {
    ShapeSource vae;
    for (const ReferenceRow &row : reference("sd1")) {
        if (row.name.starts_with("vae.")) {
            vae.add(row.file_name.substr(std::string("first_stage_model.").size()), row.file_shape);
        }
    }
    const DiffusersView view(vae.abi());
    CHECK(view.abi()->tensor_count(view.abi()) == 248);
    CHECK(view.abi()->text(view.abi(), "unet/config.json", nullptr) == nullptr);
    CHECK(config(view, "vae/config.json")["latent_channels"] == 4);
}

TEST_CASE("the prediction of SD 2 is told by what the file says, then by its values", "[ldm]") {
    const std::string bias = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias";
    const auto file = reference_file("sd2");
    const auto prediction = [&file] {
        return config(DiffusersView(file->abi()), "scheduler/scheduler_config.json")["prediction_type"]
            .get<std::string>();
    };
    CHECK(prediction() == "epsilon"); // all zeros
    for (int i = 0; i < 320; ++i) {
        file->values()[i] = i % 2 == 0 ? 0x3000 : 0xB000; // 0.125 and its negative
    }
    CHECK(prediction() == "v_prediction");
    for (int i = 0; i < 320; ++i) {
        file->values()[i] = i % 2 == 0 ? 0x2C00 : 0xAC00; // 0.0625: a deviation below 0.09
    }
    CHECK(prediction() == "epsilon");
    file->metadata["modelspec.prediction_type"] = "v";
    CHECK(prediction() == "v_prediction");
    for (int i = 0; i < 320; ++i) {
        file->values()[i] = i % 2 == 0 ? 0x3000 : 0xB000;
    }
    file->metadata["modelspec.prediction_type"] = "epsilon";
    CHECK(prediction() == "epsilon");
    file->metadata = {{"global_step", "875000"}};
    CHECK(prediction() == "epsilon");
    file->metadata.clear();
    file->remove(bias);
    CHECK(prediction() == "epsilon");
}

TEST_CASE("a file of SDXL that marks itself predicts the velocity, from noise alone if it says so", "[ldm]") {
    const auto file = reference_file("sdxl");
    const auto scheduler = [&file] {
        return config(DiffusersView(file->abi()), "scheduler/scheduler_config.json");
    };
    CHECK(scheduler()["prediction_type"] == "epsilon");
    CHECK_FALSE(scheduler().contains("rescale_betas_zero_snr"));
    file->add("v_pred", {});
    CHECK(scheduler()["prediction_type"] == "v_prediction");
    file->add("ztsnr", {});
    CHECK(scheduler()["rescale_betas_zero_snr"] == true);
    CHECK(scheduler()["timestep_spacing"] == "trailing");
}

TEST_CASE("networks that diffusers' cannot be are refused in words", "[ldm]") {
    const auto [family, change,
                expected] = GENERATE(table<std::string, std::function<void(ShapeSource &)>, const char *>({
        {"sdxl", [](auto &f) { f.add("edm_mean", {4}); }, "EDM"},
        {"sdxl", [](auto &f) { f.add("edm_vpred.sigma_max", {}); }, "EDM"},
        {"sd2",
         [](auto &f) {
             f.add("model.diffusion_model.label_emb.0.0.weight", {1280, 1536});
         },
         "unCLIP"},
        {"sd2",
         [](auto &f) {
             f.add("model.diffusion_model.label_emb.weight", {1000, 1280});
         },
         "upscalers"},
        {"sdxl", [](auto &f) { f.remove("model.diffusion_model.output_blocks.2.1.transformer_blocks.9.norm1.weight"); },
         "distilled"},
        {"sdxl", [](auto &f) { f.remove("model.diffusion_model.middle_block.1.transformer_blocks.0.norm1.weight"); },
         "distilled"},
        {"sd1", [](auto &f) { f.remove("model.diffusion_model.input_blocks.5.0.in_layers.2.weight"); }, "irregular"},
    }));
    const auto file = reference_file(family);
    change(*file);
    const DiffusersView view(file->abi());
    REQUIRE(view.problem() != nullptr);
    CHECK_THAT(view.problem(), Catch::Contains(expected));
    CHECK(view.abi() == file->abi()); // shown as it is
}

TEST_CASE("what is no checkpoint is shown as it is", "[ldm]") {
    ShapeSource lora;
    lora.add("lora_unet_input_blocks_1_1_proj_in.lora_down.weight", {4, 320});
    CHECK(DiffusersView(lora.abi()).abi() == lora.abi());
    CHECK(DiffusersView(lora.abi()).problem() == nullptr);
    ShapeSource folder(ABLE_SOURCE_FOLDER);
    folder.add("model.diffusion_model.input_blocks.0.0.weight", {320, 4, 3, 3});
    CHECK(DiffusersView(folder.abi()).abi() == folder.abi());
    ShapeSource empty;
    CHECK(DiffusersView(empty.abi()).abi() == empty.abi());
}

TEST_CASE("hostile names and shapes neither hang nor crash the view", "[ldm]") {
    const auto file = reference_file("sd2");
    for (const char *name :
         {"input_blocks.99999999999999999999.0.op.weight", "input_blocks.-1.0.op.weight", "input_blocks.01.0.op.weight",
          "input_blocks.", "input_blocks.1", "input_blocks.1.0.", "input_blocks.0.1.norm.weight",
          "middle_block.3.norm.weight", "output_blocks.12.0.in_layers.0.weight", "output_blocks..0.in_layers.0.weight",
          "out.", "time_embed.1.weight"}) {
        file->add(std::string("model.diffusion_model.") + name, {1});
    }
    for (const char *name : {"decoder.up.4.block.0.norm1.weight", "decoder.up.999.upsample.conv.weight", "encoder.mid.",
                             "decoder.mid.block_3.norm1.weight", "encoder.down.0.block.x.norm1.weight"}) {
        file->add(std::string("first_stage_model.") + name, {1});
    }
    file->add("cond_stage_model.model.transformer.resblocks.0.attn.in_proj_weight", {1000, 1024});
    file->add("cond_stage_model.model.transformer.resblocks.1.attn.in_proj_bias", {});
    file->add("cond_stage_model.model.transformer.resblocks.2.attn.in_proj_weight", {3, 3, 3});
    const DiffusersView view(file->abi());
    REQUIRE(view.problem() == nullptr);
    const auto shown = names(view.abi());
    CHECK_FALSE(shown.contains("text_encoder.text_model.encoder.layers.0.self_attn.q_proj.weight"));
    CHECK_FALSE(shown.contains("text_encoder.text_model.encoder.layers.1.self_attn.k_proj.bias"));
    CHECK(shown.contains("unet.input_blocks.01.0.op.weight"));
    CHECK(view.abi()->tensor(view.abi(), "unet.no such") == nullptr);
    CHECK(view.abi()->tensor(view.abi(), nullptr) == nullptr);
    CHECK(view.abi()->tensor_name(view.abi(), 1U << 30U) == nullptr);
}

TEST_CASE("a projection of the pooled prompt is transposed, whoever asks first", "[ldm]") {
    ShapeSource file;
    file.add("model.diffusion_model.input_blocks.0.0.weight", {320, 4, 3, 3});
    const auto whole = reference_file("refiner");
    whole->add("conditioner.embedders.0.model.text_projection", {2, 3});
    for (uint16_t i = 0; i < 6; ++i) {
        whole->values()[i] = i;
    }
    const DiffusersView view(whole->abi());
    const able_view *tensor = view.abi()->tensor(view.abi(), "text_encoder_2.text_projection.weight");
    REQUIRE(tensor != nullptr);
    CHECK(shape_of(*tensor) == std::vector<int64_t>{3, 2});
    const auto *values = static_cast<const uint16_t *>(tensor->data);
    CHECK(std::vector<uint16_t>(values, values + 6) == std::vector<uint16_t>{0, 3, 1, 4, 2, 5});
    CHECK(view.abi()->tensor(view.abi(), "text_encoder_2.text_projection.weight") == tensor);
}

TEST_CASE("metadata is that of the file", "[ldm]") {
    const auto file = reference_file("sd1");
    file->metadata["modelspec.title"] = "x";
    const DiffusersView view(file->abi());
    CHECK(std::string(view.abi()->metadata(view.abi(), "modelspec.title")) == "x");
    CHECK(view.abi()->metadata(view.abi(), "other") == nullptr);
}

TEST_CASE("the built-in vocabulary is CLIP's", "[ldm]") {
    const auto file = reference_file("sdxl");
    const DiffusersView view(file->abi());
    const json vocabulary = config(view, "tokenizer/vocab.json");
    CHECK(vocabulary == config(view, "tokenizer_2/vocab.json"));
    REQUIRE(vocabulary.size() == 49408);
    CHECK(vocabulary["!"] == 0);
    CHECK(vocabulary["!</w>"] == 256);
    CHECK(vocabulary[",</w>"] == 267);
    CHECK(vocabulary["\\</w>"] == 315);
    CHECK(vocabulary["a</w>"] == 320);
    CHECK(vocabulary["photo</w>"] == 1125);
    CHECK(vocabulary["astronaut</w>"] == 18376);
    CHECK(vocabulary["<|startoftext|>"] == 49406);
    CHECK(vocabulary["<|endoftext|>"] == 49407);
    const std::string merges = view.abi()->text(view.abi(), "tokenizer/merges.txt", nullptr);
    CHECK(std::count(merges.begin(), merges.end(), '\n') == 48895);
    CHECK_THAT(merges, Catch::StartsWith("#version: 0.2\ni n\nt h\n"));
    CHECK(config(view, "tokenizer/special_tokens_map.json")["pad_token"] == "<|endoftext|>");
    CHECK(config(view, "tokenizer_2/special_tokens_map.json")["pad_token"] == "!");
}

} // namespace diffusion_ldm_view_test
