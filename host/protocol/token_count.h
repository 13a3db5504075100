// What a child is asked about the tokens of prompts, and what it answers.
#pragma once

#include "host/base/members.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace able::protocol {

// A part of a prompt with one weight, or a BREAK.
struct TextSegment {
    std::string text;
    double weight = 1;
    bool is_break = false;

    static constexpr auto members() {
        using S = TextSegment;
        return std::tuple(base::member("text", &S::text), base::member("weight", &S::weight),
                          base::member("is_break", &S::is_break));
    }
};

// A new word of prompts (textual inversion), and how many tokens it takes up.
struct WordTokens {
    std::vector<std::string> names;
    std::uint32_t tokens = 0;

    static constexpr auto members() {
        using S = WordTokens;
        return std::tuple(base::member("names", &S::names), base::member("tokens", &S::tokens));
    }
};

struct TokenRequest {
    std::vector<nlohmann::json> plugins; // plugins_to_json
    std::string pipeline, path;          // the model's
    std::vector<std::vector<TextSegment>> prompts;
    std::vector<WordTokens> words;

    static constexpr auto members() {
        using S = TokenRequest;
        return std::tuple(base::member("plugins", &S::plugins), base::member("pipeline", &S::pipeline),
                          base::member("path", &S::path), base::member("prompts", &S::prompts),
                          base::member("words", &S::words));
    }
};

struct TokenChunk {
    std::vector<std::uint32_t> ids; // without start, end and padding
    std::vector<double> weights;
    std::vector<std::uint32_t> words = {}; // 1 + the index of the new word that a token is of, else 0

    static constexpr auto members() {
        using S = TokenChunk;
        return std::tuple(base::member("ids", &S::ids), base::member("weights", &S::weights),
                          base::member("words", &S::words));
    }
};

// What one of the model's text encoders reads.
struct EncoderTokens {
    std::string tokenizer;                        // its folder in the model: "tokenizer", "tokenizer_2"
    std::uint32_t room = 75;                      // tokens in a chunk
    std::vector<std::vector<TokenChunk>> prompts; // the chunks of each prompt

    static constexpr auto members() {
        using S = EncoderTokens;
        return std::tuple(base::member("tokenizer", &S::tokenizer), base::member("room", &S::room),
                          base::member("prompts", &S::prompts));
    }
};

struct TokenAnswer {
    std::string error; // empty: there is a count
    std::vector<EncoderTokens> encoders;

    static constexpr auto members() {
        using S = TokenAnswer;
        return std::tuple(base::text_member("error", &S::error, 2000), base::member("encoders", &S::encoders));
    }
};

} // namespace able::protocol
