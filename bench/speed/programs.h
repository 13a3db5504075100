// The same work by other programs, and by the server over REST, each of which a script asks.
#pragma once

#include "measure.h"

#include <nlohmann/json.hpp>

namespace able::bench {

// Programs that a user has; empty for one that is not asked.
struct Peers {
    std::string diffusers; // a Python that has it
    std::string sd_cli;    // stable-diffusion.cpp's program
};

// What each of `peers` took for what the report has: {"name", "load", "text", "sizes": [{"size", "step", "decode"}]} in
// seconds. Throws std::runtime_error.
std::vector<nlohmann::json> ask_peers(const Peers &peers, const Wanted &wanted, const Report &report);

// Adds to each size of the report what a picture of `steps` steps takes over REST, from the request to the picture, in
// a server that has the model; and the floor before and after it. Throws std::runtime_error.
void measure_pictures(std::uint32_t steps, const Wanted &wanted, Report &report);

} // namespace able::bench
