// A text encoder with the tokenizer before it.
#pragma once

#include "clip_text_encoder.h"

#include "../../text/clip_tokenizer.h"
#include "../../text/prompt_chunks.h"
#include "../../text/prompt_words.h"

#include <ablerefusal/job.h>
#include <ablerefusal/source.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace able::diffusion {

// Where a model's folder has them.
struct TextFolders {
    std::string encoder;   // "text_encoder"
    std::string tokenizer; // "tokenizer"
    bool projects = false; // a CLIPTextModelWithProjection, for its pooled()
};

// A prompt as the encoder reads it, a row for each chunk: start, the chunk's ids, end and padding.
struct PromptRows {
    at::Tensor ids;     // [chunks, positions], int64
    at::Tensor weights; // [chunks, positions], fp32
    std::vector<ReplacedTokens> replaced;
};

// The words that adapters have added, by index.
struct LearnedWords {
    text::PromptWords names;
    std::vector<at::Tensor> vectors; // [tokens, width], fp32
};

struct TextStage {
    text::ClipTokenizer tokenizer;
    ClipTextEncoder encoder;
    LearnedWords words = {};

    std::vector<text::Chunk> chunks(std::span<const text::Piece> pieces);
    PromptRows rows(std::span<const text::Chunk> chunks) const;
    // What the UNet reads of `states` [chunks, positions, width], which `encode` made of `rows`: weighed and side by
    // side, [1, chunks * positions, width], fp32. `weighting` is ABLE_WEIGHTING_….
    at::Tensor context(const PromptRows &rows, const at::Tensor &states, int32_t weighting,
                       const std::function<at::Tensor(const PromptRows &)> &encode) const;
};

// Throws able::Error naming the file, field or tensor that is wrong. It computes in `dtype`.
TextStage load_text_stage(const able_source *source, WeightStore &store, const TextFolders &folders,
                          const TextConfig &config, at::ScalarType dtype);

} // namespace able::diffusion
