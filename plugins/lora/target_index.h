// From what adapter files call a module to the model's weights.
#pragma once

#include "ldm_names.h"

#include <ablerefusal/adapter.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace able::lora {

// A module of the model by its targets' indices; `none` for what it lacks.
struct Module {
    static constexpr uint32_t none = UINT32_MAX;
    uint32_t weight = none, bias = none;
};

// A table of every name under which a file may address a module, made from the model's own list. Underscored names are
// never taken apart: `to_out_0` and `ff_net_0_proj` do not say where their dots were.
class TargetIndex {
public:
    explicit TargetIndex(const able_targets &targets);

    // The number of the module that `name` means, an index into modules(); nothing where there is none or more than
    // one.
    std::optional<uint32_t> find(std::string_view name) const;
    const std::vector<Module> &modules() const { return modules_; }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };

    void add_module(std::string_view path, uint32_t number);
    void add_dotted(const std::string &module, uint32_t number);
    void add(std::string name, uint32_t number);

    LdmNames ldm_names_;
    bool two_encoders_ = false;
    static constexpr uint32_t ambiguous = UINT32_MAX;
    std::vector<Module> modules_;
    std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> names_; // to numbers of modules
};

} // namespace able::lora
