// What a model's pipeline says of it before it is loaded, applied to a request.
#pragma once

#include "request.h"

#include "host/plugins/describe/registry.h"
#include "host/prompt/prompt.h"
#include "host/protocol/generate.h"
#include "host/server/catalogue/catalogue.h"

#include <span>

namespace able::server {

// Sets what the request leaves out to what the model draws well with: sampler, schedule, steps and guidance scale, as
// far as its pipeline recommends any and they are there.
void take_model_defaults(Request &request, const ModelEntry &model, const plugins::Registry &registry);

// Throws RequestError naming width or height unless the model draws pictures of that size.
void check_size(std::uint32_t width, std::uint32_t height, const ModelEntry &model);

// Throws RequestError for `field` where the model does not honour what a prompt asks for.
void check_prompt(std::span<const prompt::ScheduledPart> parts, const std::string &weighting, bool negative,
                  const char *field, const ModelEntry &model);
// The same of clip_skip; 0 asks for nothing.
void check_clip_skip(std::uint32_t clip_skip, const ModelEntry &model);

} // namespace able::server
