// LoRAs that make a model draw in a few steps, and the settings that they were trained for.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace able::server {

struct FewSteps {
    std::string kind;              // "lcm", "lightning", …
    std::string sampler, schedule; // ids
    std::uint32_t steps = 0;
    double cfg_scale = 1;

    bool operator==(const FewSteps &) const = default;
};

// What a LoRA's id (its folder may be all that tells) and title say; nothing if it is none of these. The table and its
// sources are in the .cpp.
std::optional<FewSteps> few_steps_of(std::string_view id, std::string_view title);

// For the API; null for none.
nlohmann::json few_steps_json(const std::optional<FewSteps> &few_steps);

} // namespace able::server
