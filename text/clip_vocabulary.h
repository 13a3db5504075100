// CLIP's byte pair vocabulary, which checkpoints in one file do not carry. Radford et al. 2021; licence in
// clip_merges.LICENSE.
#pragma once

#include <ablerefusal/source.h>

#include <string>
#include <string_view>

namespace able::text {

// merges.txt as every diffusers folder of this family has it, NUL-terminated.
std::string_view clip_merges() noexcept;

// vocab.json that goes with it: 49,408 tokens. Made at the first call; any thread.
const std::string &clip_vocabulary();

// Both as the folder "tokenizer", for a ClipTokenizer.
const able_source *clip_tokenizer_source();

} // namespace able::text
