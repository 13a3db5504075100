// Reads a tokenizer's folder in either of its forms: "tokenizer.json" alone, as transformers 5 saves it, or
// "vocab.json" and "merges.txt", as earlier versions did.
#pragma once

#include <ablerefusal/source.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace able::text {

// A token that is found by its spelling, before the text is cut into words. The flags are those of Hugging Face's
// AddedToken.
struct AddedToken {
    std::string content;
    std::uint32_t id = 0;
    bool normalised = false;  // found in the normalised text, by its normalised content
    bool single_word = false; // not next to a letter, a digit or an underscore
    bool lstrip = false;      // takes the whitespace before it along
    bool rstrip = false;      // and behind it
};

using Vocabulary = std::unordered_map<std::string, std::uint32_t>;

struct TokenizerFiles {
    std::string vocabulary_file;                             // which of the files has the vocabulary
    Vocabulary vocabulary;                                   // the byte pair encoding's tokens
    std::vector<std::pair<std::string, std::string>> merges; // the first comes first
    std::vector<AddedToken> added; // no two of the same content; start, end and padding are among them
    std::uint32_t start = 0, end = 0, padding = 0;
    std::uint32_t unknown = 0; // the id of bytes that the vocabulary lacks
};

// If both forms are there, tokenizer.json is read, as in transformers. Throws able::Error naming the file and the token
// or line: ABLE_NOT_FOUND if neither form is there, ABLE_BAD_FILE if it is damaged, ABLE_UNSUPPORTED for another kind
// of tokenizer.
TokenizerFiles read_tokenizer_files(const able_source *source, const std::string &folder);

} // namespace able::text
