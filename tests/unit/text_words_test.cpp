// New words in prompts: found as AUTOMATIC1111 and diffusers find them, and never divided between chunks.
#include "text/clip_vocabulary.h"
#include "text/prompt_chunks.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

#include <limits>

namespace text_words_test {

using namespace able::text;

namespace {

ClipTokenizer &tokenizer() {
    static ClipTokenizer made(clip_tokenizer_source(), "tokenizer", std::numeric_limits<std::int32_t>::max());
    return made;
}

std::vector<Chunk> chunks(std::vector<Piece> pieces, const std::vector<NewWord> &words) {
    return prompt_chunks(tokenizer(), pieces, 75, PromptWords(tokenizer(), words));
}

std::vector<Chunk> chunks(std::string_view text, const std::vector<NewWord> &words) {
    return chunks({{text, 1, false}}, words);
}

using Words = std::vector<PlacedWord>;

std::string repeated(const std::string &word, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += word;
    }
    return text;
}

} // namespace

TEST_CASE("a word is found by its tokens, whatever its case, and takes up its own number of them", "[prompt][words]") {
    const auto found = chunks("a fox, EasyNegative and snow", {{{"easynegative"}, 3}});
    REQUIRE(found.size() == 1);
    CHECK(found[0].words == Words{{3, 0}}); // a, fox, comma
    const std::size_t rest = tokenizer().encode("and snow").size();
    CHECK(found[0].ids.size() == 6 + rest);
    CHECK(found[0].ids[3] == 0);
    CHECK(found[0].ids[5] == 0);
    CHECK(found[0].weights == std::vector<double>(6 + rest, 1.0));
    CHECK(chunks("a fox, easynegative2", {{{"easynegative"}, 3}})[0].words == Words{{3, 0}}); // a digit is a word apart
    CHECK(chunks("a fox, easynegatives", {{{"easynegative"}, 3}})[0].words.empty());
}

TEST_CASE("of words that begin alike the longest is taken", "[prompt][words]") {
    const std::vector<NewWord> words{{{"bad"}, 1}, {{"bad-hands-5"}, 2}, {{"bad-hands"}, 1}};
    CHECK(chunks("bad-hands-5, bad-hands, bad", words)[0].words == Words{{0, 1}, {3, 2}, {5, 0}});
    CHECK(chunks("bad - hands - 5", words)[0].words == Words{{0, 1}}); // the tokens are the same
}

TEST_CASE("a word in angle brackets is found as it is written", "[prompt][words]") {
    const std::vector<NewWord> words{{{"learned_embeds", "<cat-toy>"}, 2}, {{"<cat>"}, 1}};
    const auto glued = chunks("(<cat-toy>),<cat>", words);
    CHECK(glued[0].words.size() == 2);
    CHECK(glued[0].words[0] == PlacedWord{1, 0});
    CHECK(glued[0].words[1].word == 1);
    CHECK(chunks("<Cat-Toy> < cat-toy > <cat-", words)[0].words.empty());
    CHECK(chunks("learned_embeds", words)[0].words == Words{{0, 0}});
    CHECK(chunks("<<cat>>", words)[0].words.size() == 1);
}

TEST_CASE("a word has its piece's weight and belongs to no other piece", "[prompt][words]") {
    const auto found =
        chunks({{"a ", 1, false}, {"easynegative", 1.3, false}, {" easy", 1, false}, {"negative", 1, false}},
               {{{"easynegative"}, 2}, {{"easy negative"}, 1}});
    CHECK(found[0].words == Words{{1, 0}});
    CHECK(found[0].weights[1] == 1.3);
    CHECK(found[0].weights[2] == 1.3);
    CHECK(found[0].weights[3] == 1);
}

TEST_CASE("a word that does not fit begins the next chunk", "[prompt][words]") {
    const std::vector<NewWord> words{{{"easynegative"}, 4}};
    const auto fits = chunks(repeated("a ", 71) + "easynegative", words);
    REQUIRE(fits.size() == 1);
    CHECK(fits[0].words == Words{{71, 0}});
    CHECK(fits[0].ids.size() == 75);
    const auto moved = chunks(repeated("a ", 72) + "easynegative b", words);
    REQUIRE(moved.size() == 2);
    CHECK(moved[0].ids.size() == 72);
    CHECK(moved[0].words.empty());
    CHECK(moved[1].words == Words{{0, 0}});
    CHECK(moved[1].ids.size() == 5);
}

TEST_CASE("what moves to the next chunk behind a comma takes its words along", "[prompt][words]") {
    const std::vector<NewWord> words{{{"easynegative"}, 4}};
    const auto found = chunks(repeated("a ", 66) + ", b easynegative c d e f", words);
    REQUIRE(found.size() == 2);
    CHECK(found[0].ids.size() == 67);
    CHECK(found[0].words.empty());
    CHECK(found[1].words == Words{{1, 0}});
    // The word itself comes when the chunk is full: what follows the comma moves first, as for any token.
    const auto full = chunks(repeated("a ", 70) + ", b b b b easynegative", words);
    REQUIRE(full.size() == 2);
    CHECK(full[0].ids.size() == 71);
    CHECK(full[1].words == Words{{4, 0}});
}

TEST_CASE("a word of more vectors than a chunk holds is refused", "[prompt][words]") {
    CHECK(chunks("easynegative", {{{"easynegative"}, 75}})[0].ids.size() == 75);
    CHECK_THROWS_WITH(chunks("easynegative", {{{"easynegative"}, 76}}), Catch::Contains("76 vectors"));
    CHECK(chunks("a fox", {{{"easynegative"}, 76}}).size() == 1); // where it does not occur, nobody minds
}

TEST_CASE("names without a token, and prompts without new words, change nothing", "[prompt][words]") {
    CHECK(chunks("a fox", {{{"", " "}, 1}})[0].words.empty());
    CHECK(chunks("a <fox> easynegative", {})[0].ids == tokenizer().encode("a <fox> easynegative"));
}

} // namespace text_words_test
