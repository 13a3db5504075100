// CLIP's tokenizer: prompts to the ids that the text encoder was trained on.
#pragma once

#include "added_tokens.h"
#include "byte_pair_encoding.h"

#include <ablerefusal/source.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace able::text {

class ClipTokenizer {
public:
    // From the files in `folder` ("tokenizer"); see tokenizer_files.h. Throws able::Error naming the file if they are
    // broken, or if an id reaches `vocabulary`.
    ClipTokenizer(const able_source *source, const std::string &folder, int64_t vocabulary);

    // The ids of the text alone, without start and end, and not cut to any length.
    std::vector<uint32_t> encode(std::string_view text);

    // Start, ids, end, and padding up to `length` at least.
    std::vector<uint32_t> framed(const std::vector<uint32_t> &ids, size_t length) const;

    // The id of a comma that ends a word, which is any but one within other punctuation.
    std::optional<uint32_t> comma() const { return pairs_.id(",</w>"); }

private:
    void encode_words(std::string_view normalised, std::vector<uint32_t> &ids);

    AddedTokens literal_, normalised_; // found before and after the text is normalised
    uint32_t start_ = 0, end_ = 0, padding_ = 0;
    BytePairEncoding pairs_;
    std::unordered_map<std::string, std::vector<uint32_t>> cache_; // by word
};

} // namespace able::text
