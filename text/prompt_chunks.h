// Prompts of any length, in chunks that fit a text encoder.
#pragma once

#include "clip_tokenizer.h"

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

// What one run of the text encoder reads, without start, end and padding.
struct Chunk {
    std::vector<std::uint32_t> ids;
    std::vector<double> weights; // one for each id
};

// At least one chunk, each of at most `room` ids, which is 75 for CLIP. Where a chunk is full, what follows its last
// comma moves to the next one if that is at most 20 tokens: AUTOMATIC1111's modules/sd_hijack_clip.py, tokenize_line(),
// with its default comma_padding_backtrack. `room` is above 0.
std::vector<Chunk> prompt_chunks(ClipTokenizer &tokenizer, std::span<const Piece> pieces, std::size_t room);

} // namespace able::text
