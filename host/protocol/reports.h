// What a worker reports of a job while it runs.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace able::protocol {

// What a job reports while it runs, in order.
struct Phase {
    std::string name;    // "starting", "loading", "preparing", "encoding", "sampling", "decoding"
    double fraction = 0; // of a loading phase, 0 to 1
};
struct Step {
    std::uint32_t image = 0;               // index in the batch
    std::uint32_t step = 0;                // steps done of this image, from 1
    std::uint32_t steps = 0;               // of this image
    std::vector<std::uint8_t> preview_png; // empty unless asked for and due
};
struct ImageDone {
    std::uint32_t image = 0;
    std::string path; // absolute
    std::uint64_t seed = 0;
    std::uint32_t width = 0, height = 0;
    nlohmann::json metadata;
};

} // namespace able::protocol
