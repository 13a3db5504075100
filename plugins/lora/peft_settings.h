// The settings that PEFT keeps beside a file's factors, from which their scale follows.
#pragma once

#include <ablerefusal/source.h>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace able::lora {

// What diffusers writes into a file's metadata as "lora_adapter_metadata" (loaders/lora_base.py): PEFT's configuration,
// each field with its component in front, such as `unet.lora_alpha`.
class PeftSettings {
public:
    // Empty where the file has none. Throws able::Error where they are not what PEFT writes.
    explicit PeftSettings(const able_source &source);

    // alpha / rank (or alpha / sqrt(rank), rank-stabilised) for a target such as `unet.mid_block.….to_q.weight`;
    // nothing where the settings do not say.
    std::optional<double> scale(std::string_view target, int64_t rank) const;

private:
    std::optional<double> alpha(const std::string &component, std::string_view module) const;

    nlohmann::json settings_;
};

} // namespace able::lora
