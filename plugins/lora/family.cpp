#include "family.h"

#include "key.h"

#include <array>
#include <cstdint>

namespace able::lora {

namespace {

struct Evidence {
    std::string_view fragment;
    const char *family;
};

// Fragments of keys that no other family has. SD 1.x and 2.x have one transformer block per attention, SDXL up to ten.
constexpr std::array fragments = {
    Evidence{"single_transformer_blocks", "flux"},
    Evidence{"lora_unet_single_blocks_", "flux"},
    Evidence{"lora_unet_double_blocks_", "flux"},
    Evidence{"joint_blocks", "sd3"},
    Evidence{"lora_te3_", "sd3"},
    Evidence{"text_encoder_3.", "sd3"},
    Evidence{"lora_te2_", "sdxl"},
    Evidence{"text_encoder_2.", "sdxl"},
    Evidence{"lora_te1_", "sdxl"},
    Evidence{"label_emb", "sdxl"},
    Evidence{"add_embedding", "sdxl"},
    Evidence{"_1_transformer_blocks_1_", "sdxl"},
    Evidence{"_attentions_0_transformer_blocks_1_", "sdxl"},
    Evidence{".attentions.0.transformer_blocks.1.", "sdxl"},
};

// The width of the text encoders' output, which attn2's to_k reads.
const char *family_by_width(int64_t width) {
    switch (width) {
    case 768:
        return "sd1";
    case 1024:
        return "sd2";
    case 1280: // the refiner
    case 2048:
        return "sdxl";
    default:
        return nullptr;
    }
}

bool reads_text(std::string_view module) {
    return module.find("attn2") != std::string_view::npos && module.find("to_k") != std::string_view::npos;
}

} // namespace

const char *guess_family(const able_source &source) {
    const Evidence *best = nullptr;
    const uint64_t count = source.tensor_count(&source);
    for (uint64_t i = 0; i < count; ++i) {
        const char *name = source.tensor_name(&source, i);
        if (name == nullptr) {
            continue;
        }
        const auto key = parse_key(name);
        if (key && key->part == Part::down && reads_text(key->module)) {
            const able_view *view = source.tensor(&source, name);
            const char *family = view != nullptr && view->ndim >= 2 ? family_by_width(view->shape[1]) : nullptr;
            if (family != nullptr) {
                return family;
            }
        }
        for (const Evidence &evidence : fragments) {
            // The earlier in the list, the more it tells.
            if ((best == nullptr || &evidence < best) &&
                std::string_view(name).find(evidence.fragment) != std::string_view::npos) {
                best = &evidence;
            }
        }
    }
    return best != nullptr ? best->family : nullptr;
}

std::string family_name(std::string_view family) {
    constexpr std::array<std::pair<std::string_view, const char *>, 5> names = {{
        {"sd1", "SD 1.x"},
        {"sd2", "SD 2.x"},
        {"sdxl", "SDXL"},
        {"sd3", "SD 3"},
        {"flux", "FLUX"},
    }};
    for (const auto &[id, name] : names) {
        if (id == family) {
            return name;
        }
    }
    return std::string(family);
}

} // namespace able::lora
