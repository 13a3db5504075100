#include "memory_limit.h"

#include "values.h"

#include <algorithm>
#include <fstream>
#include <string>

#include <unistd.h>

namespace able::config {

namespace {

constexpr std::uint64_t least = std::uint64_t{1} << 20;

} // namespace

bool is_memory_limit(std::string_view text) {
    const auto size = parse_size(text);
    return text == "auto" || (size && *size >= least);
}

std::uint64_t available_memory(const std::filesystem::path &control_groups) {
    const std::uint64_t machine =
        static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::ifstream file(control_groups / "memory.max");
    std::string text;
    // "max" where nothing is limited; no file at all in the root group.
    if (file >> text) {
        if (const auto allowed = parse_size(text); allowed && *allowed > 0) {
            return std::min(machine, *allowed);
        }
    }
    return machine;
}

std::uint64_t worker_memory_limit(const Config &config) {
    const auto size = parse_size(config.inference.memory_limit);
    return size.value_or(available_memory() / 4 * 3) / std::max<std::uint32_t>(1, config.queue.max_concurrent);
}

} // namespace able::config
