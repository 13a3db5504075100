// How prompts are tokenized, told without loading a model.
#pragma once

#include "text_stage.h"

#include <ablerefusal/prompt.h>
#include <ablerefusal/source.h>

#include <vector>

namespace able::diffusion {

// What CLIP's text encoders honour of a prompt, with so many positions: those that are not start and end hold a chunk.
able_prompt_support clip_prompts(int64_t positions);

// Hands the chunks of the request's prompt to it, for each of the text encoders `texts`. Throws able::Error naming the
// file that is wrong, and the status that the request answers with.
void tokenize(const able_source *source, const std::vector<TextFolders> &texts, const able_token_request &request);

} // namespace able::diffusion
