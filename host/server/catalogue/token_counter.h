// Prompts as a model's pipeline divides them, found out by a child process: neither the files of a model are the
// server's to read nor plugins to load. No weight is read for it.
#pragma once

#include "catalogue.h"
#include "host/prompt/weights.h"
#include "host/protocol/token_count.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <vector>

namespace able::server {

using protocol::EncoderTokens;
using protocol::TokenChunk;
using protocol::WordTokens;

// `registered` are the active plugins (plugins_to_json). Throws std::runtime_error that says why there is no count.
std::vector<EncoderTokens> count_tokens(const std::filesystem::path &executable, const nlohmann::json &registered,
                                        const ModelEntry &model,
                                        const std::vector<std::vector<prompt::Segment>> &prompts,
                                        const std::vector<WordTokens> &words = {});

} // namespace able::server
