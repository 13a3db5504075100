#include "memory.h"

#include <fstream>
#include <stdexcept>
#include <string>

namespace able::bench {

Memory measured_memory() {
    std::ifstream status("/proc/self/status");
    Memory memory;
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("VmRSS:", 0) == 0) {
            memory.resident = std::stoull(line.substr(6)) * 1024;
        }
        if (line.rfind("VmHWM:", 0) == 0) {
            memory.peak = std::stoull(line.substr(6)) * 1024;
        }
    }
    return memory;
}

Memory start_measuring_memory() {
    std::ofstream refs("/proc/self/clear_refs");
    refs << "5\n"; // VmHWM begins anew
    if (!refs.flush()) {
        throw std::runtime_error("cannot write /proc/self/clear_refs");
    }
    return measured_memory();
}

} // namespace able::bench
