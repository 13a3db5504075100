#include "target_index.h"

#include <algorithm>
#include <array>
#include <map>

namespace able::lora {

namespace {

// The projections of attention, which diffusers' old files call by other names: of the UNet's under a `processor`, of
// the text encoder's by the UNet's names.
struct OldName {
    std::string_view module, old;
};
constexpr std::array old_names = {
    OldName{".to_q", ".processor.to_q_lora"}, OldName{".to_k", ".processor.to_k_lora"},
    OldName{".to_v", ".processor.to_v_lora"}, OldName{".to_out.0", ".processor.to_out_lora"},
    OldName{".q_proj", ".to_q_lora"},         OldName{".k_proj", ".to_k_lora"},
    OldName{".v_proj", ".to_v_lora"},         OldName{".out_proj", ".to_out_lora"},
};

// What kohya's trainers put in front of a component's modules; "" for a component they do not know. The first text
// encoder is `te` where it is the only one and `te1` where there is a second: an SDXL file's `te1` would fit SD 1.x,
// whose text encoder is the same, but was not made for it.
std::string_view kohya_prefix(std::string_view component, bool two_encoders) {
    if (component == "unet") {
        return "lora_unet_";
    }
    if (component == "text_encoder") {
        return two_encoders ? "lora_te1_" : "lora_te_";
    }
    return component == "text_encoder_2" ? "lora_te2_" : "";
}

// What ComfyUI's own files put in front of the text encoders' modules.
std::string_view comfy_prefix(std::string_view component) {
    if (component == "text_encoder") {
        return "text_encoders.clip_l.transformer.";
    }
    return component == "text_encoder_2" ? "text_encoders.clip_g.transformer." : "";
}

std::string underscored(std::string_view path) {
    std::string result(path);
    std::replace(result.begin(), result.end(), '.', '_');
    return result;
}

// transformers 5 took the level `text_model.` out of CLIPTextModel; files made before and since have it or not.
std::vector<std::string_view> spellings(std::string_view module) {
    constexpr std::string_view level = "text_model.";
    if (module.starts_with(level)) {
        return {module, module.substr(level.size())};
    }
    return {module};
}

} // namespace

TargetIndex::TargetIndex(const able_targets &targets) : ldm_names_(targets) {
    std::map<std::string_view, Module> by_path;
    const uint32_t count = targets.count(&targets);
    for (uint32_t i = 0; i < count; ++i) {
        const able_target *target = targets.at(&targets, i);
        if (target == nullptr || target->ndim < 1) {
            continue;
        }
        const std::string_view name = target->name;
        two_encoders_ |= name.starts_with("text_encoder_2.");
        const auto without = [name](std::string_view ending) {
            return name.substr(0, name.size() - ending.size());
        };
        if (name.ends_with(".weight")) {
            by_path[without(".weight")].weight = i;
        }
        if (name.ends_with(".bias")) {
            by_path[without(".bias")].bias = i;
        }
    }
    for (const auto &[path, module] : by_path) {
        modules_.push_back(module);
        add_module(path, static_cast<uint32_t>(modules_.size() - 1));
    }
}

std::optional<uint32_t> TargetIndex::find(std::string_view name) const {
    const auto found = names_.find(name);
    if (found == names_.end() || found->second == ambiguous) {
        return std::nullopt;
    }
    return found->second;
}

// `path` is a component and a dotted module: `unet.mid_block.attentions.0.proj_in`.
void TargetIndex::add_module(std::string_view path, uint32_t number) {
    const std::size_t dot = path.find('.');
    if (dot == std::string_view::npos) {
        return;
    }
    const std::string_view component = path.substr(0, dot);
    const std::string_view prefix = kohya_prefix(component, two_encoders_);
    const std::string_view comfy = comfy_prefix(component);
    for (const std::string_view module : spellings(path.substr(dot + 1))) {
        add_dotted(std::string(component) + "." + std::string(module), number);
        add_dotted(std::string(module), number); // a file of one component alone
        add_dotted("base_model.model." + std::string(module), number);
        if (!prefix.empty()) {
            add(std::string(prefix) + underscored(module), number);
        }
        if (!comfy.empty()) {
            add(std::string(comfy) + std::string(module), number);
        }
    }
    if (component != "unet") {
        return;
    }
    add("lycoris_" + underscored(path.substr(dot + 1)), number); // LyCORIS on its own, OneTrainer, SimpleTuner
    const std::string old = ldm_names_.name(path.substr(dot + 1));
    if (!old.empty()) {
        add("lora_unet_" + underscored(old), number);
        add("diffusion_model." + old, number); // ComfyUI's own files
    }
}

void TargetIndex::add_dotted(const std::string &module, uint32_t number) {
    add(module, number);
    add(module + ".lora", number);
    add(module + ".lora_linear_layer", number);
    for (const auto &[ending, old] : old_names) {
        if (module.ends_with(ending)) {
            add(module.substr(0, module.size() - ending.size()) + std::string(old), number);
        }
    }
}

void TargetIndex::add(std::string name, uint32_t number) {
    const auto [entry, added] = names_.emplace(std::move(name), number);
    if (!added && entry->second != number) {
        entry->second = ambiguous;
    }
}

} // namespace able::lora
