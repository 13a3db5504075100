// Prompts of any length, in chunks that fit a text encoder.
#pragma once

#include "clip_tokenizer.h"
#include "prompt_words.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace able::text {

// A piece of prompt with its weight, tokenized by itself.
struct Piece {
    std::string_view text;
    double weight = 1;
    bool new_chunk = false; // what follows begins a new chunk (BREAK); the rest is then unused
};

// A new word in a chunk: from `position` on its vectors stand in for the ids there, which are 0.
struct PlacedWord {
    std::size_t position = 0;
    std::size_t word = 0; // see PromptWords

    bool operator==(const PlacedWord &) const = default;
};

// What one run of the text encoder reads, without start, end and padding.
struct Chunk {
    std::vector<std::uint32_t> ids;
    std::vector<double> weights = {};   // one for each id
    std::vector<PlacedWord> words = {}; // in the order of positions
};

// At least one chunk, each of at most `room` ids, which is 75 for CLIP. Where a chunk is full, what follows its last
// comma moves to the next one if that is at most 20 tokens; a new word is never divided. AUTOMATIC1111's
// modules/sd_hijack_clip.py, tokenize_line(), with its default comma_padding_backtrack. `room` is above 0, and no word
// that occurs takes up more (throws able::Error, ABLE_UNSUPPORTED).
std::vector<Chunk> prompt_chunks(ClipTokenizer &tokenizer, std::span<const Piece> pieces, std::size_t room,
                                 const PromptWords &words = {});

} // namespace able::text
