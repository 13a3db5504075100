// What a prompt means, for whoever writes one: the token counter and the preview of an editor.
#pragma once

#include "host/server/queue/environment.h"

#include "host/config/config.h"
#include "host/server/catalogue/catalogue.h"

#include <nlohmann/json.hpp>

namespace able::server {

// `document` has "prompt", and may have "model", "prompt_syntax", "steps", "seed" and "negative" (it is a negative
// prompt), which mean what they mean in a request for images. The answer:
//   prompt      as drawn from the seed
//   parts       [{weight, schedule: [{until_step, segments: [{text, weight} | {break: true}], token_count, encoders:
//               [{tokenizer, chunk_size, token_count, chunks: [{count, ids, weights}]}]}]}]
//   loras       [{name, id, unet_weight, text_weight, block_weights}]; id is null where `errors` says why
//   embeddings  [{name, id, tokens}]; likewise. Their tokens are counted, and have the id 0 in a chunk
//   token_count the largest of the schedule's; null if they could not be counted
//   chunk_size, chunk_count of the text encoder that makes most of them; null likewise
//   model       the id of the model whose tokenizers counted
//   errors      [{field, code, message, allowed?}]
// Throws RequestError for a document that is not of this form.
nlohmann::json prompt_report(const nlohmann::json &document, const Catalogue &catalogue, const config::Config &config,
                             Environment &environment);

// The JSON Schema of `document`.
nlohmann::json parse_request_schema();

} // namespace able::server
