// What was measured, for readers and for programs.
#pragma once

#include "measure.h"

#include <nlohmann/json.hpp>

#include <ostream>

namespace able::bench {

// `peers`: what other programs took for the same, as speed/peer_diffusers.py prints it.
void print_table(std::ostream &out, const Report &report, const std::vector<nlohmann::json> &peers);

// Seconds, GiB, operations and operations a second.
nlohmann::json to_json(const Report &report, const std::vector<nlohmann::json> &peers);

} // namespace able::bench
