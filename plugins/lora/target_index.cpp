#include "target_index.h"

#include <algorithm>
#include <array>
#include <vector>

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
    constexpr std::string_view ending = ".weight";
    const uint32_t count = targets.count(&targets);
    for (uint32_t i = 0; i < count && !two_encoders_; ++i) {
        const able_target *target = targets.at(&targets, i);
        two_encoders_ = target != nullptr && std::string_view(target->name).starts_with("text_encoder_2.");
    }
    for (uint32_t i = 0; i < count; ++i) {
        const able_target *target = targets.at(&targets, i);
        if (target == nullptr || target->ndim < 2) {
            continue;
        }
        const std::string_view name = target->name;
        if (name.ends_with(ending)) {
            add_weight(name.substr(0, name.size() - ending.size()), i);
        }
    }
}

std::optional<uint32_t> TargetIndex::find(std::string_view module) const {
    const auto found = names_.find(module);
    if (found == names_.end() || found->second == ambiguous) {
        return std::nullopt;
    }
    return found->second;
}

// `path` is a component and a dotted module: `unet.mid_block.attentions.0.proj_in`.
void TargetIndex::add_weight(std::string_view path, uint32_t index) {
    const std::size_t dot = path.find('.');
    if (dot == std::string_view::npos) {
        return;
    }
    const std::string_view component = path.substr(0, dot);
    const std::string_view prefix = kohya_prefix(component, two_encoders_);
    for (const std::string_view module : spellings(path.substr(dot + 1))) {
        add_dotted(std::string(component) + "." + std::string(module), index);
        add_dotted(std::string(module), index); // a file of one component alone
        add_dotted("base_model.model." + std::string(module), index);
        if (!prefix.empty()) {
            add(std::string(prefix) + underscored(module), index);
        }
    }
    const std::string old = component == "unet" ? ldm_names_.name(path.substr(dot + 1)) : std::string();
    if (!old.empty()) {
        add("lora_unet_" + underscored(old), index);
        add("diffusion_model." + old, index); // ComfyUI's own files
    }
}

void TargetIndex::add_dotted(const std::string &module, uint32_t index) {
    add(module, index);
    add(module + ".lora", index);
    add(module + ".lora_linear_layer", index);
    for (const auto &[ending, old] : old_names) {
        if (module.ends_with(ending)) {
            add(module.substr(0, module.size() - ending.size()) + std::string(old), index);
        }
    }
}

void TargetIndex::add(std::string name, uint32_t index) {
    const auto [entry, added] = names_.emplace(std::move(name), index);
    if (!added && entry->second != index) {
        entry->second = ambiguous;
    }
}

} // namespace able::lora
