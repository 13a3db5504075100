// From what adapter files call a module to the model's weight.
#pragma once

#include "ldm_names.h"

#include <ablerefusal/adapter.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace able::lora {

// A table of every name under which a file may address a weight, made from the model's own list. Underscored names are
// never taken apart: `to_out_0` and `ff_net_0_proj` do not say where their dots were.
class TargetIndex {
public:
    // `targets` must outlive the index. Weights of one dimension (norms, biases) have no low-rank change and are left
    // out.
    explicit TargetIndex(const able_targets &targets);

    // The index of the weight that `module` means; nothing where there is none or more than one.
    std::optional<uint32_t> find(std::string_view module) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    void add_weight(std::string_view path, uint32_t index);
    void add_dotted(const std::string &module, uint32_t index);
    void add(std::string name, uint32_t index);

    LdmNames ldm_names_;
    bool two_encoders_ = false;
    static constexpr uint32_t ambiguous = UINT32_MAX;
    std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> names_;
};

} // namespace able::lora
