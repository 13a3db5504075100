// What the configuration means to a pipeline that loads a model.
#pragma once

#include "host/config/config.h"
#include "host/plugins/calls/calls.h"

namespace able::worker {

// For the model `source`, with `vae` in place of its own autoencoder unless that is null.
plugins::LoadRequest load_request(const config::Inference &settings, const able_source *source,
                                  const able_source *vae = nullptr);

} // namespace able::worker
