// Prompts as a model's pipeline divides them, found out by a child process: neither the files of a model are the
// server's to read nor plugins to load. No weight is read for it.
#pragma once

#include "catalogue.h"
#include "host/prompt/weights.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace able::server {

struct TokenChunk {
    std::vector<std::uint32_t> ids; // without start, end and padding
    std::vector<double> weights;
    std::vector<std::uint32_t> words = {}; // 1 + the index of the new word that a token is of, else 0
};

// What one of the model's text encoders reads.
struct EncoderTokens {
    std::string tokenizer;                        // its folder in the model: "tokenizer", "tokenizer_2"
    std::uint32_t room = 75;                      // tokens in a chunk
    std::vector<std::vector<TokenChunk>> prompts; // the chunks of each prompt
};

// A new word of prompts (textual inversion), and how many tokens it takes up.
struct WordTokens {
    std::vector<std::string> names;
    std::uint32_t tokens = 0;
};

// `registered` are the active plugins (plugins_to_json). Throws std::runtime_error that says why there is no count.
std::vector<EncoderTokens> count_tokens(const std::filesystem::path &executable, const nlohmann::json &registered,
                                        const ModelEntry &model,
                                        const std::vector<std::vector<prompt::Segment>> &prompts,
                                        const std::vector<WordTokens> &words = {});

} // namespace able::server
