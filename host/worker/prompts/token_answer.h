// How the tokenizers of a model divide prompts. No plugin is loaded and no weight read for it.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace able::worker {

// Answers a request of server::count_tokens(): {"encoders": [...]} or {"error": text}.
nlohmann::json token_answer(const nlohmann::json &request);

} // namespace able::worker
