// What a job takes of the memory, and what to say where that is too much.
#pragma once

#include "config.h"

#include <cstdint>
#include <string>
#include <vector>

namespace able::config {

struct MemoryDemand {
    std::uint64_t weights = 0, working = 0; // bytes
    std::uint32_t width = 0, height = 0;    // pixels
    bool refiner = false;

    std::uint64_t total() const { return weights + working; }
};

// "6.5 GiB", "250 MiB".
std::string memory_text(std::uint64_t bytes);

// What would make the job fit into `limit` bytes, as far as it can be told without another look at the models.
std::vector<std::string> remedies(const MemoryDemand &demand, std::uint64_t limit, const config::Inference &settings);

// Why the job is refused, for people. `remedies` are joined by "or"; raising the limit is always the last.
std::string refusal(const MemoryDemand &demand, std::uint64_t limit, const std::vector<std::string> &remedies);

} // namespace able::config
