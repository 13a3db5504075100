#include "ema_source.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace able::diffusion {
namespace {

constexpr std::string_view average_prefix = "model_ema.diffusion_model";
constexpr const char *weight_prefix = "model.diffusion_model.";

using Names = std::map<std::string, std::string, std::less<>>; // with dots, by those without

void add(Names &names, const std::string &name) {
    std::string bare = name;
    bare.erase(std::remove(bare.begin(), bare.end(), '.'), bare.end());
    names.emplace(std::move(bare), name);
}

void add_layers(Names &names, const std::string &place, std::initializer_list<const char *> layers) {
    for (const char *layer : layers) {
        add(names, place + layer + ".weight");
        add(names, place + layer + ".bias");
    }
}

// Every name that a UNet of this code may have: ldm/modules/diffusionmodules/openaimodel.py and attention.py.
Names make_unet_names() {
    constexpr int blocks = 16;
    constexpr int depths = 16;
    Names names;
    add_layers(names, "", {"time_embed.0", "time_embed.2", "label_emb.0.0", "label_emb.0.2", "out.0", "out.2"});
    const auto add_module = [&](const std::string &module) {
        add_layers(names, module,
                   {"in_layers.0", "in_layers.2", "emb_layers.1", "out_layers.0", "out_layers.3", "skip_connection",
                    "op", "conv", "norm", "proj_in", "proj_out"});
        for (int depth = 0; depth < depths; ++depth) {
            const std::string block = module + "transformer_blocks." + std::to_string(depth) + ".";
            add_layers(names, block,
                       {"norm1", "norm2", "norm3", "ff.net.0.proj", "ff.net.2", "attn1.to_out.0", "attn2.to_out.0",
                        "attn1.to_q", "attn1.to_k", "attn1.to_v", "attn2.to_q", "attn2.to_k", "attn2.to_v"});
        }
    };
    add_layers(names, "", {"input_blocks.0.0"});
    for (int part = 0; part < 3; ++part) {
        add_module("middle_block." + std::to_string(part) + ".");
    }
    for (int block = 0; block < blocks; ++block) {
        for (int part = 0; part < 3; ++part) {
            const std::string place = std::to_string(block) + "." + std::to_string(part) + ".";
            add_module("input_blocks." + place);
            add_module("output_blocks." + place);
        }
    }
    return names;
}

const Names &unet_names() {
    static const Names names = make_unet_names();
    return names;
}

} // namespace

std::unique_ptr<const EmaSource> EmaSource::of(const able_source *source) {
    const auto has = [source](const std::string &name) {
        return source->tensor(source, name.c_str()) != nullptr;
    };
    if (source->kind != ABLE_SOURCE_FILE || has(std::string(weight_prefix) + "input_blocks.0.0.weight") ||
        !has(std::string(average_prefix) + "input_blocks00weight")) {
        return nullptr;
    }
    return std::unique_ptr<const EmaSource>(new EmaSource(source));
}

EmaSource::EmaSource(const able_source *source) : source_(source), abi_(make_struct<able_source>()) {
    const Names &known = unet_names();
    for (uint64_t i = 0; const char *raw = source->tensor_name(source, i); ++i) {
        const std::string_view name(raw);
        const auto found =
            name.starts_with(average_prefix) ? known.find(name.substr(average_prefix.size())) : known.end();
        tensors_.emplace(found != known.end() ? weight_prefix + found->second : std::string(name),
                         source->tensor(source, raw));
    }
    for (const auto &[name, view] : tensors_) {
        names_.push_back(name.c_str());
    }
    abi_.kind = source->kind;
    abi_.name = source->name;
    abi_.host = this;
    abi_.tensor_count = [](const able_source *view) noexcept -> uint64_t {
        return from(view).names_.size();
    };
    abi_.tensor_name = [](const able_source *view, uint64_t index) noexcept -> const char * {
        const auto &names = from(view).names_;
        return index < names.size() ? names[index] : nullptr;
    };
    abi_.tensor = [](const able_source *view, const char *name) noexcept -> const able_view * {
        const auto &tensors = from(view).tensors_;
        const auto found = name != nullptr ? tensors.find(std::string_view(name)) : tensors.end();
        return found != tensors.end() ? found->second : nullptr;
    };
    // Averages are made of plain weights.
    abi_.quantisation = [](const able_source *, const char *) noexcept -> const able_quantisation * {
        return nullptr;
    };
    abi_.text = [](const able_source *view, const char *path, uint64_t *length) noexcept {
        return from(view).source_->text(from(view).source_, path, length);
    };
    abi_.blob = [](const able_source *view, const char *path, uint64_t *length) noexcept {
        return from(view).source_->blob(from(view).source_, path, length);
    };
    abi_.metadata = [](const able_source *view, const char *key) noexcept {
        return from(view).source_->metadata(from(view).source_, key);
    };
}

const EmaSource &EmaSource::from(const able_source *view) noexcept {
    return *static_cast<const EmaSource *>(view->host);
}

} // namespace able::diffusion
