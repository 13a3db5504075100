// What this process holds in memory, by Linux's account.
#pragma once

#include <cstdint>

namespace able::bench {

struct Memory {
    uint64_t resident = 0; // bytes, those of mapped files included
    uint64_t peak = 0;     // since start_measuring_memory()
};

Memory start_measuring_memory(); // needs to write /proc/self/clear_refs; throws std::runtime_error
Memory measured_memory();

} // namespace able::bench
