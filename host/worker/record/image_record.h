// What a finished image carries: everything needed to make it again.
#pragma once

#include "host/protocol/generate.h"
#include "host/worker/models/loaded_model.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace able::worker {

struct ImageRecord {
    const protocol::Generate &spec;
    const protocol::ImagePrompt &prompt;
    std::uint64_t seed = 0;             // this image's own
    Origin sampler, schedule, pipeline; // no schedule where the job has sigmas of its own
    std::string model_hash, family, device, dtype;
    std::vector<AppliedLora> loras;
    std::string vae_hash = {}, refiner_hash = {}; // of those that the job names
    std::vector<AppliedEmbedding> embeddings = {};
    std::uint32_t steps_taken = 0; // of the run; a schedule or a strength may change spec.steps
};

// The `ablerefusal` text chunk and the result's metadata. Holds nothing of the job or the hour: the same settings give
// the same bytes.
nlohmann::json image_metadata(const ImageRecord &record);

// The `parameters` text that other UIs read.
std::string image_parameters(const ImageRecord &record);

} // namespace able::worker
