#include "memory_demand.h"

#include <cstdio>

namespace able::config {

std::string memory_text(std::uint64_t bytes) {
    constexpr double mebibyte = 1 << 20;
    const double size = static_cast<double>(bytes) / mebibyte;
    char text[32];
    std::snprintf(text, sizeof text, size < 1024 ? "%.0f MiB" : "%.1f GiB", size < 1024 ? size : size / 1024);
    return text;
}

std::vector<std::string> remedies(const MemoryDemand &demand, std::uint64_t limit, const config::Inference &settings) {
    std::vector<std::string> list;
    if (demand.weights < limit) {
        list.emplace_back("ask for a smaller picture");
        if (settings.vae_tiling == "off") {
            list.emplace_back("set inference.vae_tiling to auto");
        }
    }
    if (demand.refiner) {
        list.emplace_back("leave out the refiner");
    }
    if (settings.dtype == "fp32") {
        list.emplace_back("set inference.dtype to bf16, which halves the weights");
    }
    return list;
}

std::string refusal(const MemoryDemand &demand, std::uint64_t limit, const std::vector<std::string> &remedies) {
    std::string text = "the job would take about " + memory_text(demand.total()) + " of memory, " +
                       memory_text(demand.weights) + " for the weights and " + memory_text(demand.working) +
                       " for a picture of " + std::to_string(demand.width) + "x" + std::to_string(demand.height) +
                       ", and a worker may take " + memory_text(limit) + " (inference.memory_limit); ";
    for (const std::string &remedy : remedies) {
        text += remedy + ", or ";
    }
    return text + "raise inference.memory_limit";
}

} // namespace able::config
