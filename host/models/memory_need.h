// What a model takes of the memory, and what a job with it adds.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <utility>
#include <vector>

namespace able::models {

struct MemoryNeed {
    std::uint64_t weights = 0; // bytes while it is loaded; 0: unknown
    // Bytes that a job adds at its peak, by the picture's pixels, which rise.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> working;

    bool known() const { return weights != 0 && !working.empty(); }
    // For a picture of so many pixels, between the sizes that are known along a line.
    std::uint64_t working_at(std::uint64_t pixels) const;
};

void to_json(nlohmann::json &json, const MemoryNeed &need);
// Throws nlohmann::json::exception for a missing or mistyped field.
void from_json(const nlohmann::json &json, MemoryNeed &need);

} // namespace able::models
