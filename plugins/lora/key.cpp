#include "key.h"

#include <algorithm>
#include <array>

namespace able::lora {

namespace {

// One literal, for what is handed over must be a constant.
#define METHOD(name)                                                                                                   \
    { name, "it uses " name ", which is not supported; only low-rank factors (LoRA) are" }

constexpr Method tucker = METHOD("a Tucker decomposition (lora_mid)");
constexpr Method dora = METHOD("DoRA");
constexpr Method lora_bias = METHOD("a bias beside the factors (lora_bias)");
constexpr Method loha = METHOD("LoHa");
constexpr Method lokr = METHOD("LoKr");
constexpr Method oft = METHOD("OFT");
constexpr Method ia3 = METHOD("(IA)3");
constexpr Method weight_difference = METHOD("full weight differences");
constexpr Method bias_difference = METHOD("full bias differences");

#undef METHOD

struct Suffix {
    std::string_view text;
    Part part;
    const Method *method;
};

constexpr std::array suffixes = {
    Suffix{".lora_down.weight", Part::down, nullptr},
    Suffix{".lora_up.weight", Part::up, nullptr},
    Suffix{".lora_A.weight", Part::down, nullptr},
    Suffix{".lora_B.weight", Part::up, nullptr},
    // diffusers before PEFT: `.lora.down.weight`, `_lora.down.weight`, `.lora_linear_layer.down.weight`. What stands
    // before `.down` is left to the module's name.
    Suffix{".down.weight", Part::down, nullptr},
    Suffix{".up.weight", Part::up, nullptr},
    Suffix{".alpha", Part::alpha, nullptr},

    Suffix{".lora_mid.weight", Part::unsupported, &tucker},
    Suffix{".dora_scale", Part::unsupported, &dora},
    Suffix{".lora_magnitude_vector", Part::unsupported, &dora},
    Suffix{".lora_magnitude_vector.weight", Part::unsupported, &dora},
    Suffix{".lora_B.bias", Part::unsupported, &lora_bias},
    Suffix{".hada_w1_a", Part::unsupported, &loha},
    Suffix{".hada_w1_b", Part::unsupported, &loha},
    Suffix{".hada_w2_a", Part::unsupported, &loha},
    Suffix{".hada_w2_b", Part::unsupported, &loha},
    Suffix{".hada_t1", Part::unsupported, &loha},
    Suffix{".hada_t2", Part::unsupported, &loha},
    Suffix{".lokr_w1", Part::unsupported, &lokr},
    Suffix{".lokr_w1_a", Part::unsupported, &lokr},
    Suffix{".lokr_w1_b", Part::unsupported, &lokr},
    Suffix{".lokr_w2", Part::unsupported, &lokr},
    Suffix{".lokr_w2_a", Part::unsupported, &lokr},
    Suffix{".lokr_w2_b", Part::unsupported, &lokr},
    Suffix{".lokr_t2", Part::unsupported, &lokr},
    Suffix{".oft_blocks", Part::unsupported, &oft},
    Suffix{".oft_diag", Part::unsupported, &oft},
    Suffix{".on_input", Part::unsupported, &ia3},
    Suffix{".diff", Part::unsupported, &weight_difference},
    Suffix{".diff_b", Part::unsupported, &bias_difference},
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
