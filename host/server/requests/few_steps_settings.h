// LoRAs that make a model draw in a few steps bring their settings along.
#pragma once

#include "request.h"

#include "host/protocol/generate.h"
#include "host/server/catalogue/catalogue.h"

namespace able::server {

// Sets sampler, schedule, steps and cfg_scale as the LoRAs of `spec` recommend, where the request leaves them out, and
// notes it in spec.few_steps. A LoRA of weight 0 recommends nothing. A request that gives parameters of a sampler or
// schedule counts as giving that one, and so does a schedule in a sampler's name (`sampler_says_schedule`). Throws
// RequestError if two LoRAs recommend different settings.
void apply_few_steps_settings(Request &request, protocol::Generate &spec, const Catalogue &catalogue,
                              bool sampler_says_schedule);

} // namespace able::server
