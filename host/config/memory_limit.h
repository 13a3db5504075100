// inference.memory_limit in bytes.
#pragma once

#include "config.h"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace able::config {

// "auto", or a size of at least 1M.
bool is_memory_limit(std::string_view text);

// What the machine has, or what the control group of this process (cgroup v2, under `control_groups`) allows if that
// is less.
std::uint64_t available_memory(const std::filesystem::path &control_groups = "/sys/fs/cgroup");

// A worker's even share of the limit; of three quarters of available_memory() where it is "auto".
std::uint64_t worker_memory_limit(const Config &config);

} // namespace able::config
