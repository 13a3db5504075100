// What a model would take of the memory, asked of its pipeline before anything is loaded.
#pragma once

#include "host/config/config.h"
#include "host/protocol/probe.h"

#include <ablerefusal/pipeline.h>

namespace able::worker {

// For pictures of the common sizes and of the model's own. Unknown if the pipeline does not say, or the model cannot be
// loaded with these settings.
protocol::MemoryNeed memory_need(const able_pipeline &pipeline, const able_source *source,
                                 const config::Inference &settings, std::uint32_t default_width,
                                 std::uint32_t default_height);

} // namespace able::worker
