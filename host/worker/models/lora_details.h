// What training programs wrote about a LoRA into its file.
#pragma once

#include "host/protocol/probe.h"

#include <functional>

namespace able::worker {

// From a file's metadata, whose values `value` gives by key: kohya's (`ss_…`) and Stability's ModelSpec
// (`modelspec.…`, github.com/Stability-AI/ModelSpec). Without modelspec.trigger_phrase the trigger words are those tags
// that the captions have most often.
protocol::LoraDetails lora_details(const std::function<const char *(const char *key)> &value);

} // namespace able::worker
