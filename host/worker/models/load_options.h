// What the configuration means to a pipeline that loads a model.
#pragma once

#include "host/config/config.h"

#include <ablerefusal/pipeline.h>

namespace able::worker {

// Points into `settings`.
able_load_options load_options(const config::Inference &settings, const able_source *vae = nullptr);

} // namespace able::worker
