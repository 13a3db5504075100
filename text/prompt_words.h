// Words that a prompt may use and that no tokenizer has: what textual inversion teaches a model.
#pragma once

#include "clip_tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace able::text {

// A new word under one or more names, and how many tokens it takes up.
struct NewWord {
    std::vector<std::string> names;
    std::size_t tokens = 0;
};

class PromptWords {
public:
    // A part of a prompt: a word by its index, or text that is still to be tokenized.
    struct Piece {
        std::string_view text;
        std::optional<std::size_t> word;
    };
    struct Match {
        std::size_t word;
        std::size_t length; // ids of the prompt that it replaces
    };

    PromptWords() = default;
    // `words` are numbered as they stand. Names without any token are never found.
    PromptWords(ClipTokenizer &tokenizer, std::span<const NewWord> words);

    bool empty() const { return tokens_.empty(); }
    // Of word `index`.
    std::size_t tokens(std::size_t index) const { return tokens_.at(index); }

    // `text` cut at the names in angle brackets, which are found as they are written, as diffusers' tokenizers find
    // added tokens.
    std::vector<Piece> cut(std::string_view text) const;
    // The word whose name's ids stand at `position`, the longest first: AUTOMATIC1111's
    // modules/textual_inversion/textual_inversion.py, find_embedding_at_position().
    std::optional<Match> find(std::span<const std::uint32_t> ids, std::size_t position) const;

private:
    struct Name {
        std::vector<std::uint32_t> ids;
        std::size_t word;
    };
    struct Mark {
        std::string text;
        std::size_t word;
    };

    std::vector<std::size_t> tokens_;
    std::unordered_map<std::uint32_t, std::vector<Name>> names_; // by the first id; the longest first
    std::vector<Mark> marks_;                                    // the longest first
};

} // namespace able::text
