// LoRAs that make a model draw in a few steps bring their settings along.
#pragma once

#include "request.h"

#include "host/protocol/generate.h"
#include "host/server/catalogue/catalogue.h"

namespace able::server {

// Sets those of sampler, schedule, steps and cfg_scale that the request leaves out as the LoRAs of `spec` recommend,
// and notes it in spec.few_steps. A LoRA of weight 0 recommends nothing. Parameters count as what they are of, and so
// does the schedule in a sampler's name (`sampler_says_schedule`). Throws RequestError if two LoRAs recommend two
// things.
void apply_few_steps_settings(Request &request, protocol::Generate &spec, const Catalogue &catalogue,
                              bool sampler_says_schedule);

} // namespace able::server
