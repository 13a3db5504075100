// The tokenizer with the vocabulary that is built in for checkpoints in one file. Ids by OpenAI's own
// clip/simple_tokenizer.py (clip-anytorch 2.6.0, SimpleTokenizer().encode).
#include "tests/unit/shape_source.hpp"

#include "diffusers_view.h"
#include "text/clip_tokenizer.h"

#include <catch2/catch.hpp>

namespace clip_vocabulary_test {

using namespace able::diffusion;

TEST_CASE("prompts become CLIP's ids with the built-in vocabulary") {
    able::tests::ShapeSource file;
    file.add("cond_stage_model.transformer.text_model.embeddings.token_embedding.weight", {49408, 768});
    const DiffusersView view(file.abi());
    able::text::ClipTokenizer tokenizer(view.abi(), "tokenizer", 49408);
    using Ids = std::vector<uint32_t>;
    CHECK(tokenizer.encode("a photo of an astronaut riding a horse on mars") ==
          Ids{320, 1125, 539, 550, 18376, 6765, 320, 4558, 525, 7496});
    CHECK(tokenizer.encode("Hello,   World!! 123") == Ids{3306, 267, 1002, 748, 272, 273, 274});
    CHECK(tokenizer.encode("it's 2024, café naïve") == Ids{585, 568, 273, 271, 273, 275, 267, 15304, 1097, 35689, 563});
    CHECK(tokenizer.encode("(masterpiece:1.2), best quality") == Ids{263, 12066, 281, 272, 269, 273, 2361, 949, 3027});
    CHECK(tokenizer.encode("日本語 emoji 🙂") == Ids{39121, 44353, 34002, 508, 16327, 14860});
    CHECK(tokenizer.encode(R"(back\slash "quoted" {braces}; <tag>)") ==
          Ids{893, 315, 19749, 257, 27706, 257, 346, 19249, 92, 282, 283, 3640, 285});
    CHECK(tokenizer.framed({}, 4) == Ids{49406, 49407, 49407, 49407});
}

} // namespace clip_vocabulary_test
