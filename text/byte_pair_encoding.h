// Byte pair encoding over bytes: words to token ids. Sennrich et al. 2016; the byte alphabet is GPT-2's.
#pragma once

#include "tokenizer_files.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace able::text {

class BytePairEncoding {
public:
    BytePairEncoding() = default;
    // Each merge joins two tokens of the vocabulary into a third.
    BytePairEncoding(Vocabulary vocabulary, const std::vector<std::pair<std::string, std::string>> &merges);

    std::optional<uint32_t> id(const std::string &token) const;
    // The id of bytes that the vocabulary lacks; 0 until set.
    void set_unknown(uint32_t id) { unknown_ = id; }

    // The ids of one word, in UTF-8. Merges in the order of ranks, the leftmost first among equals.
    std::vector<uint32_t> encode(std::string_view word) const;

private:
    struct Merge {
        uint32_t rank;
        uint32_t id;
    };
    const Merge *merge(uint32_t left, uint32_t right) const;

    Vocabulary ids_;
    std::unordered_map<uint64_t, Merge> merges_; // by left id << 32 | right id
    std::array<std::optional<uint32_t>, 256> inner_{}, last_{};
    uint32_t unknown_ = 0;
};

} // namespace able::text
