#include "family.h"

#include "../diffusion/ldm/families.h"
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

bool reads_text(std::string_view module) {
    return module.find("attn2") != std::string_view::npos && module.find("to_k") != std::string_view::npos;
}

int64_t columns_of(const able_view *view) {
    return view != nullptr && view->ndim >= 2 ? view->shape[1] : 0;
}

// How many numbers the module of `key` reads, where the tensor `name` tells; else 0.
int64_t input_width(const able_source &source, const char *name, const Key &key) {
    const int64_t columns = columns_of(source.tensor(&source, name));
    switch (key.part) {
    case Part::down:
    case Part::hada_w1_b:
    case Part::weight_diff:
        return columns;
    case Part::lokr_w1:
    case Part::lokr_w1_b: {
        const std::string second = std::string(key.module) + ".lokr_w2";
        const int64_t whole = columns_of(source.tensor(&source, second.c_str()));
        const int64_t other = whole != 0 ? whole : columns_of(source.tensor(&source, (second + "_b").c_str()));
        int64_t width = 0;
        return __builtin_mul_overflow(columns, other, &width) ? 0 : width;
    }
    default:
        return 0;
    }
}

// What trainers write into the file's metadata: kohya's sd-scripts, and the "modelspec" that several follow.
const char *family_by_metadata(const able_source &source) {
    constexpr std::array starts = {
        Evidence{"sdxl", "sdxl"},
        Evidence{"stable-diffusion-xl", "sdxl"},
        Evidence{"sd_v2", "sd2"},
        Evidence{"stable-diffusion-v2", "sd2"},
        Evidence{"sd_v1", "sd1"},
        Evidence{"stable-diffusion-v1", "sd1"},
        Evidence{"sd3", "sd3"},
        Evidence{"stable-diffusion-3", "sd3"},
        Evidence{"stable-diffusion-v3", "sd3"},
        Evidence{"flux", "flux"},
    };
    for (const char *field : {"ss_base_model_version", "modelspec.architecture"}) {
        const char *value = source.metadata(&source, field);
        for (const Evidence &start : starts) {
            if (value != nullptr && std::string_view(value).starts_with(start.fragment)) {
                return start.family;
            }
        }
    }
    return nullptr;
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
        if (key && reads_text(key->module)) {
            if (const char *family = families::by_context_width(input_width(source, name, *key))) {
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
    return best != nullptr ? best->family : family_by_metadata(source);
}

} // namespace able::lora
