// The new words that adapters bring, for each of a model's text encoders.
#pragma once

#include "text_stage.h"

#include <ablerefusal/pipeline.h>

#include <span>
#include <vector>

namespace able::diffusion {

// One entry for each of `texts`, which lie in the model as `folders` says. Throws able::Error, naming the word, for
// vectors that do not fit an encoder, that are no numbers, or that one encoder has and another lacks.
std::vector<LearnedWords> learned_words(std::span<const able_adapter_use *const> uses, std::vector<TextStage> &texts,
                                        std::span<const TextFolders> folders);

} // namespace able::diffusion
