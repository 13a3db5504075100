#include "key.h"

#include <algorithm>
#include <array>

namespace able::lora {

namespace {

// One literal, for what is handed over must be a constant.
#define METHOD(name)                                                                                                   \
    { name, "it uses " name ", which is not supported" }

constexpr Method old_oft = METHOD("the OFT of LyCORIS before version 2 (oft_diag)");
constexpr Method peft_oft = METHOD("PEFT's OFT or BOFT (oft_R, boft_R)");
constexpr Method glora_core = METHOD("GLoRA with a Tucker core (bm)");
constexpr Method sparse_bias = METHOD("a sparse bias (bias_indices)");
constexpr Method peft_ia3 = METHOD("PEFT's (IA)3 (ia3_l)");
constexpr Method adalora = METHOD("AdaLoRA (lora_E)");
constexpr Method vera = METHOD("VeRA (vera_lambda)");
constexpr Method hra = METHOD("HRA (hra_u)");
constexpr Method fourier = METHOD("FourierFT (fourierft_spectrum)");
constexpr Method bone = METHOD("Bone or MiSS (bone_block, miss_block)");

#undef METHOD

struct Suffix {
    std::string_view text;
    Part part;
    const Method *method = nullptr;
};

// The first that fits counts.
constexpr std::array suffixes = {
    Suffix{".lora_down.weight", Part::down},
    Suffix{".lora_up.weight", Part::up},
    Suffix{".lora_mid.weight", Part::mid},
    Suffix{".lora_A.weight", Part::down},
    Suffix{".lora_B.weight", Part::up},
    Suffix{".lora_B.bias", Part::factor_bias},
    // PEFT's own, with the name of the adapter that is called nothing else.
    Suffix{".lora_A.default.weight", Part::down},
    Suffix{".lora_B.default.weight", Part::up},
    // diffusers before PEFT: `.lora.down.weight`, `_lora.down.weight`, `.lora_linear_layer.down.weight`. What stands
    // before `.down` is left to the module's name.
    Suffix{".down.weight", Part::down},
    Suffix{".up.weight", Part::up},
    Suffix{".alpha", Part::alpha},
    Suffix{".dora_scale", Part::magnitude},
    Suffix{".lora_magnitude_vector", Part::peft_magnitude},
    Suffix{".lora_magnitude_vector.weight", Part::peft_magnitude},

    Suffix{".hada_w1_a", Part::hada_w1_a},
    Suffix{".hada_w1_b", Part::hada_w1_b},
    Suffix{".hada_w2_a", Part::hada_w2_a},
    Suffix{".hada_w2_b", Part::hada_w2_b},
    Suffix{".hada_t1", Part::hada_t1},
    Suffix{".hada_t2", Part::hada_t2},
    Suffix{".lokr_w1", Part::lokr_w1},
    Suffix{".lokr_w1_a", Part::lokr_w1_a},
    Suffix{".lokr_w1_b", Part::lokr_w1_b},
    Suffix{".lokr_w2", Part::lokr_w2},
    Suffix{".lokr_w2_a", Part::lokr_w2_a},
    Suffix{".lokr_w2_b", Part::lokr_w2_b},
    Suffix{".lokr_t2", Part::lokr_t2},
    Suffix{".diff", Part::weight_diff},
    Suffix{".diff_b", Part::bias_diff},
    Suffix{".w_norm", Part::weight_diff},
    Suffix{".b_norm", Part::bias_diff},
    Suffix{".on_input", Part::on_input},

    Suffix{".oft_blocks", Part::rotations},
    Suffix{".rescale", Part::rescale},
    Suffix{".a1.weight", Part::glora_a1},
    Suffix{".a2.weight", Part::glora_a2},
    Suffix{".b1.weight", Part::glora_b1},
    Suffix{".b2.weight", Part::glora_b2},
    Suffix{".bm.weight", Part::unsupported, &glora_core},

    Suffix{".oft_diag", Part::unsupported, &old_oft},
    Suffix{".oft_r", Part::unsupported, &peft_oft},
    Suffix{".oft_R.weight", Part::unsupported, &peft_oft},
    Suffix{".oft_R.default.weight", Part::unsupported, &peft_oft},
    Suffix{".boft_R", Part::unsupported, &peft_oft},
    Suffix{".boft_s", Part::unsupported, &peft_oft},
    Suffix{".ia3_l", Part::unsupported, &peft_ia3},
    Suffix{".lora_E", Part::unsupported, &adalora},
    Suffix{".vera_lambda_b", Part::unsupported, &vera},
    Suffix{".vera_lambda_d", Part::unsupported, &vera},
    Suffix{".hra_u", Part::unsupported, &hra},
    Suffix{".fourierft_spectrum", Part::unsupported, &fourier},
    Suffix{".bone_block", Part::unsupported, &bone},
    Suffix{".miss_block", Part::unsupported, &bone},
    Suffix{".bias_indices", Part::unsupported, &sparse_bias},
    Suffix{".bias_values", Part::unsupported, &sparse_bias},
    Suffix{".bias_size", Part::unsupported, &sparse_bias},

    Suffix{".weight", Part::channels},
};

} // namespace

std::optional<Key> parse_key(std::string_view name) {
    const auto found = std::find_if(suffixes.begin(), suffixes.end(),
                                    [name](const Suffix &suffix) { return name.ends_with(suffix.text); });
    if (found == suffixes.end() || name.size() == found->text.size()) {
        return std::nullopt;
    }
    return Key{name.substr(0, name.size() - found->text.size()), found->part, found->method};
}

const char *part_name(Part part) {
    switch (part) {
    case Part::down:
        return "down factor";
    case Part::up:
        return "up factor";
    case Part::hada_w1_a:
        return "hada_w1_a";
    case Part::hada_w1_b:
        return "hada_w1_b";
    case Part::hada_w2_a:
        return "hada_w2_a";
    case Part::hada_w2_b:
        return "hada_w2_b";
    case Part::hada_t1:
    case Part::hada_t2:
        return "other core (hada_t1, hada_t2)";
    case Part::glora_a1:
        return "a1";
    case Part::glora_a2:
        return "a2";
    case Part::glora_b1:
        return "b1";
    case Part::glora_b2:
        return "b2";
    case Part::rotations:
        return "oft_blocks";
    case Part::lokr_w1:
    case Part::lokr_w1_a:
    case Part::lokr_w1_b:
        return "lokr_w1 (or lokr_w1_a and lokr_w1_b)";
    case Part::lokr_w2:
    case Part::lokr_w2_a:
    case Part::lokr_w2_b:
        return "lokr_w2 (or lokr_w2_a and lokr_w2_b)";
    default:
        return "rest";
    }
}

std::string in_quotes(std::string_view name) {
    constexpr std::size_t longest = 200;
    const bool cut = name.size() > longest;
    // Not in the middle of a UTF-8 sequence.
    std::size_t size = cut ? longest : name.size();
    while (cut && size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) {
        --size;
    }
    return "\"" + std::string(name.substr(0, size)) + (cut ? "…\"" : "\"");
}

} // namespace able::lora
