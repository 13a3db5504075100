// A text encoder with the tokenizer before it.
#pragma once

#include "clip_text_encoder.h"
#include "clip_tokenizer.h"

#include <ablerefusal/job.h>
#include <ablerefusal/source.h>

#include <string>

namespace able::diffusion {

// Where a model's folder has them.
struct TextFolders {
    std::string encoder;   // "text_encoder"
    std::string tokenizer; // "tokenizer"
    bool projects = false; // a CLIPTextModelWithProjection, for its pooled()
};

struct TextStage {
    ClipTokenizer tokenizer;
    ClipTextEncoder encoder;

    // Start, the ids of `text`, end and padding, [1, positions] int64. What does not fit is cut, and `job` told, which
    // may be null.
    at::Tensor row(const std::string &text, const able_job *job);
};

// Throws able::Error naming the file, field or tensor that is wrong. Weights take the format `dtype`.
TextStage load_text_stage(const able_source *source, WeightStore &store, const TextFolders &folders,
                          const TextConfig &config, at::ScalarType dtype);

} // namespace able::diffusion
