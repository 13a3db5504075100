// What the configuration means to a pipeline that loads a model.
#pragma once

#include "host/config/config.h"
#include "host/plugins/calls/calls.h"
#include "host/protocol/probe.h"

namespace able::worker {

// The settings that a child was sent, the others as they are by default.
config::Inference inference_of(const protocol::ProbeSettings &settings);

// For the model `source`, with `vae` in place of its own autoencoder unless that is null.
plugins::LoadRequest load_request(const config::Inference &settings, const able_source *source,
                                  const able_source *vae = nullptr);

} // namespace able::worker
