#include "made_model.h"

#include "tests/unit/ldm_reference.hpp"

#include "text/clip_vocabulary.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace able::golden {
namespace {

using nlohmann::json;
using tests::ReferenceRow;

constexpr int64_t narrow_channels = 32; // of the UNet's and the VAE's first level: the groups of their norms

std::string component_of(const std::string &name) {
    return name.substr(0, name.find('.'));
}

// What the widths of a component are multiples of, and what becomes of that.
struct Narrowing {
    int64_t published, made;
};

Narrowing narrowing(const std::string &family, const std::string &component) {
    if (component == "unet") {
        return {family == "refiner" ? 384 : 320, narrow_channels};
    }
    if (component == "vae") {
        return {128, narrow_channels};
    }
    if (component == "text_encoder_2") {
        return {1280, 128};
    }
    return {family == "sd2" ? 1024 : 768, 64};
}

// Of the prompts that the UNet attends to.
Narrowing prompt_narrowing(const std::string &family) {
    static const std::map<std::string, Narrowing> widths{
        {"sd1", {768, 64}}, {"sd2", {1024, 64}}, {"sdxl", {2048, 64 + 128}}, {"refiner", {1280, 128}}};
    return widths.at(family);
}

// The pooled prompt's width stays, and what the UNet embeds with it: both tell SDXL from others.
bool keeps_its_width(const ReferenceRow &row, size_t dimension) {
    const bool wide = row.name.ends_with("text_projection.weight") || row.name == "unet.add_embedding.linear_1.weight";
    return wide && dimension == 1;
}

int64_t narrow(const std::string &family, const std::string &component, int64_t extent) {
    const Narrowing own = narrowing(family, component);
    if (extent % own.published == 0) {
        return extent / own.published * own.made;
    }
    const Narrowing prompt = prompt_narrowing(family);
    return component == "unet" && extent == prompt.published ? prompt.made : extent;
}

std::vector<int64_t> narrow_file_shape(const ReferenceRow &row) {
    std::vector<int64_t> shape;
    for (size_t i = 0; i < row.file_shape.size(); ++i) {
        const int64_t extent = row.file_shape[i];
        shape.push_back(keeps_its_width(row, i) ? extent : narrow(row.family, component_of(row.name), extent));
    }
    return shape;
}

uint64_t mix(uint64_t x) { // SplitMix64
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
    return x ^ x >> 31U;
}

size_t count_of(const std::vector<int64_t> &shape) {
    size_t count = 1;
    for (const int64_t extent : shape) {
        count *= static_cast<size_t>(extent);
    }
    return count;
}

// Weights that keep the variance, scales about 1, offsets about 0: with a deviation that tells SD 2's prediction.
std::vector<uint16_t> make_values(const std::string &name, const std::vector<int64_t> &shape) {
    const size_t count = count_of(shape);
    const size_t inputs = shape.size() > 1 ? count / static_cast<size_t>(shape[0]) : 1;
    const bool scale = shape.size() == 1 && name.ends_with("weight");
    const float middle = scale ? 1.0F : 0.0F;
    const float spread = shape.size() > 1 ? std::sqrt(3.0F / static_cast<float>(inputs)) : 0.3F;
    uint64_t seed = 0;
    for (const char letter : name) {
        seed = mix(seed ^ static_cast<unsigned char>(letter));
    }
    std::vector<uint16_t> values(count);
    for (size_t i = 0; i < count; ++i) {
        const float unit = static_cast<float>(mix(seed + i) >> 40U) / static_cast<float>(1U << 23U) - 1.0F;
        values[i] = static_cast<uint16_t>(std::bit_cast<uint32_t>(middle + spread * unit) >> 16U);
    }
    return values;
}

// The part of the file's tensor that diffusers takes for `row`.
void add_to_folder(MadeSource &folder, const ReferenceRow &row, std::vector<int64_t> shape,
                   std::vector<uint16_t> values) {
    if (row.how == "T") {
        const auto rows = static_cast<size_t>(shape[0]);
        const auto columns = static_cast<size_t>(shape[1]);
        std::vector<uint16_t> turned(values.size());
        for (size_t i = 0; i < values.size(); ++i) {
            turned[i % columns * rows + i / columns] = values[i];
        }
        folder.add(row.name, {shape[1], shape[0]}, std::move(turned));
        return;
    }
    if (row.how[0] == '+') {
        const int64_t part = std::stoll(row.how.substr(1)) / row.shape[0];
        shape[0] /= row.file_shape[0] / row.shape[0];
        const auto count = static_cast<std::ptrdiff_t>(count_of(shape));
        const auto first = values.begin() + part * count;
        folder.add(row.name, std::move(shape), std::vector<uint16_t>(first, first + count));
        return;
    }
    shape.resize(row.shape.size()); // 1 x 1 convolutions that are linear layers there
    folder.add(row.name, std::move(shape), std::move(values));
}

json narrow_config(const std::string &family, const std::string &component, json config) {
    for (const char *key : {"hidden_size", "intermediate_size", "cross_attention_dim"}) {
        if (config.contains(key)) {
            config[key] = narrow(family, component, config[key]);
        }
    }
    if (config.contains("num_attention_heads")) {
        config["num_attention_heads"] = config["hidden_size"].get<int64_t>() / 64;
    }
    if (config.contains("block_out_channels")) {
        for (json &channels : config["block_out_channels"]) {
            channels = narrow(family, component, channels);
        }
    }
    if (component == "unet" && family != "sd1") { // heads of 64 channels
        config["attention_head_dim"].clear();
        for (const json &channels : config["block_out_channels"]) {
            config["attention_head_dim"].push_back(std::max<int64_t>(channels.get<int64_t>() / 64, 1));
        }
    }
    return config;
}

void add_texts(MadeSource &folder, const std::string &family, int64_t channels) {
    const bool xl = family == "sdxl" || family == "refiner";
    const json configs = tests::reference_configs();
    for (const auto &[component, published] : configs.at(family).items()) {
        json config = narrow_config(family, component, published);
        if (component == "vae") {
            config["scaling_factor"] = xl ? 0.13025 : 0.18215;
        }
        if (component == "unet") {
            config["in_channels"] = channels;
        }
        folder.text(component + "/config.json", config.dump());
        if (component.starts_with("text_encoder")) {
            const std::string tokenizer = "tokenizer" + component.substr(std::string("text_encoder").size()) + "/";
            const bool open_clip = config.at("hidden_act") == "gelu";
            folder.text(tokenizer + "vocab.json", std::string(text::clip_vocabulary()));
            folder.text(tokenizer + "merges.txt", std::string(text::clip_merges()));
            folder.text(tokenizer + "special_tokens_map.json",
                        json{{"pad_token", open_clip ? "!" : "<|endoftext|>"}}.dump());
        }
    }
    folder.text("scheduler/scheduler_config.json",
                json{{"beta_start", 0.00085},
                     {"beta_end", 0.012},
                     {"beta_schedule", "scaled_linear"},
                     {"prediction_type", family == "sd2" ? "v_prediction" : "epsilon"}}
                    .dump());
    json index{{"_class_name", "StableDiffusionPipeline"}};
    if (xl) {
        index = {{"force_zeros_for_empty_prompt", family == "sdxl"},
                 {"requires_aesthetics_score", family == "refiner"}};
    }
    folder.text("model_index.json", index.dump());
}

} // namespace

MadeSource::MadeSource(int32_t kind, const char *title) : abi_(make_struct<able_source>()) {
    abi_.kind = kind;
    abi_.name = title;
    abi_.host = this;
    abi_.tensor_count = [](const able_source *source) noexcept -> uint64_t {
        return self(source).names_.size();
    };
    abi_.tensor_name = [](const able_source *source, uint64_t index) noexcept -> const char * {
        const auto &names = self(source).names_;
        return index < names.size() ? names[index].c_str() : nullptr;
    };
    abi_.tensor = [](const able_source *source, const char *name) noexcept -> const able_view * {
        const auto found = self(source).tensors_.find(name);
        return found != self(source).tensors_.end() ? &found->second.view : nullptr;
    };
    abi_.text = [](const able_source *source, const char *path, uint64_t *length) noexcept -> const char * {
        const auto found = self(source).texts_.find(path);
        if (found == self(source).texts_.end()) {
            return nullptr;
        }
        if (length != nullptr) {
            *length = found->second.size();
        }
        return found->second.c_str();
    };
    abi_.quantisation = [](const able_source *, const char *) noexcept -> const able_quantisation * {
        return nullptr;
    };
    abi_.blob = [](const able_source *, const char *, uint64_t *) noexcept -> const void * {
        return nullptr;
    };
    abi_.metadata = [](const able_source *, const char *) noexcept -> const char * {
        return nullptr;
    };
}

void MadeSource::add(const std::string &name, std::vector<int64_t> shape, std::vector<uint16_t> values) {
    Tensor &tensor = tensors_[name];
    tensor.shape = std::move(shape);
    tensor.values = std::move(values);
    tensor.view = {};
    tensor.view.data = tensor.values.data();
    tensor.view.device_type = ABLE_DEVICE_CPU;
    tensor.view.ndim = static_cast<int32_t>(tensor.shape.size());
    tensor.view.dtype_code = ABLE_DTYPE_BFLOAT;
    tensor.view.dtype_bits = 16;
    tensor.view.dtype_lanes = 1;
    tensor.view.shape = tensor.shape.data();
}

const able_source *MadeSource::abi() {
    names_.clear();
    for (const auto &[name, tensor] : tensors_) {
        names_.push_back(name);
    }
    return &abi_;
}

MadeModel::MadeModel(const std::string &family, bool inpaints)
    : file(ABLE_SOURCE_FILE, "made.safetensors"), folder(ABLE_SOURCE_FOLDER, "made") {
    const int64_t channels = inpaints ? 9 : 4;
    for (const ReferenceRow &row : tests::reference(family)) {
        std::vector<int64_t> shape = narrow_file_shape(row);
        if (row.name == "unet.conv_in.weight") {
            shape[1] = channels;
        }
        std::vector<uint16_t> values = make_values(row.file_name, shape);
        if (row.how != "-") {
            add_to_folder(folder, row, shape, values);
        }
        file.add(row.file_name, shape, std::move(values));
    }
    add_texts(folder, family, channels);
}

} // namespace able::golden
