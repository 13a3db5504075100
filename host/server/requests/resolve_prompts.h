// From prompts as written to prompts as drawn, with the LoRAs that they and the request ask for.
#pragma once

#include "embeddings.h"
#include "request.h"

#include "host/config/config.h"
#include "host/prompt/tags.h"
#include "host/protocol/generate.h"
#include "host/server/catalogue/catalogue.h"

namespace able::server {

// Sets spec.prompt, negative_prompt, prompts, prompt_syntax, prompt_weighting and loras; spec.seed, steps and
// batch_size are set before. Image i draws its wildcards from seed + i. Throws RequestError naming the field, with the
// names that exist in allowed(); LoRAs and embeddings for another family than the model's are refused.
void resolve_prompts(protocol::Generate &spec, const Request &request, const ModelEntry &model,
                     const Catalogue &catalogue, const config::Config &config, const CountTokens &count_tokens);

// The prompt of the image with `seed` as drawn: as it is in the plain syntax. Throws RequestError for `field`.
std::string drawn_prompt(const std::string &text, const std::string &syntax, std::uint64_t seed, const char *field,
                         const config::Config &config, const Catalogue &catalogue);

// The LoRA that a tag or a field names. Throws RequestError for `field`.
const LoraEntry &find_lora(const std::string &field, const std::string &name, const Catalogue &catalogue);

} // namespace able::server
