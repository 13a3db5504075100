// Finds added tokens in a text by their spelling, before the text is cut into words.
#pragma once

#include "tokenizer_files.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace able::text {

class AddedTokens {
public:
    struct Piece {
        std::string_view text;
        std::optional<std::uint32_t> id; // of the token that it is; else it is text between tokens
    };

    AddedTokens() = default;
    // Each token is found by its exact content.
    explicit AddedTokens(std::vector<AddedToken> tokens);

    // Takes the leftmost token, and the longest of those that begin there, as Hugging Face's tokenizers:
    // src/tokenizer/added_vocabulary.rs, find_matches().
    std::vector<Piece> split(std::string_view text) const;

private:
    const AddedToken *at(std::string_view text, std::size_t position) const;

    std::vector<AddedToken> tokens_; // by first byte, and of equals the longest first
    std::array<std::pair<std::uint32_t, std::uint32_t>, 256> ranges_{}; // in tokens_, by first byte
};

} // namespace able::text
