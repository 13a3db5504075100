// How the tokenizers of a model divide prompts. No weight is read for it.
#pragma once

#include "host/protocol/token_count.h"

namespace able::worker {

// Never throws: what goes wrong is the answer's error.
protocol::TokenAnswer token_answer(const protocol::TokenRequest &request);

} // namespace able::worker
