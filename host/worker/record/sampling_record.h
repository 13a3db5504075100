// What a finished image says of its options, as their rows in protocol/generate_options.h have it, and of those few
// that need more than a row.
#pragma once

#include "host/protocol/generate.h"

#include "host/images/metadata.h"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace able::worker {

// For the image of `spec` whose seed is `seed`. The names are the request's.
void record_options(nlohmann::json &metadata, const protocol::Generate &spec, std::uint64_t seed);

// The same in the words of AUTOMATIC1111's web UI and its extensions, where they have any.
void record_options(images::Parameters &parameters, const protocol::Generate &spec, std::uint64_t seed);

} // namespace able::worker
