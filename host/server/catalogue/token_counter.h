// Prompts as a model's tokenizers divide them, found out by a child process: the files of a model are not the server's
// to read. No plugin is loaded and no weight read for it.
#pragma once

#include "catalogue.h"
#include "host/prompt/weights.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace able::server {

struct TokenChunk {
    std::vector<std::uint32_t> ids; // without start, end and padding
    std::vector<double> weights;
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

// The tokens of `words` are 0. Throws std::runtime_error that says why there is no count.
std::vector<EncoderTokens> count_tokens(const std::filesystem::path &executable, const ModelEntry &model,
                                        const std::vector<std::vector<prompt::Segment>> &prompts,
                                        const std::vector<WordTokens> &words = {});

} // namespace able::server
