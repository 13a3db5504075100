#include "tokenize.h"

#include "prompt.h"
#include "text_config.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>

namespace able::diffusion {
namespace {

std::vector<text::NewWord> words_of(const able_token_request &request) {
    std::vector<text::NewWord> words;
    for (uint32_t i = 0; i < request.word_count; ++i) {
        const able_word &word = *request.words[i];
        words.push_back({{word.names, word.names + word.name_count}, static_cast<size_t>(word.tokens)});
    }
    return words;
}

// What stands in each place of a chunk's text: 1 + the number of a new word, or 0.
std::vector<uint32_t> places_of(const text::Chunk &chunk, const text::PromptWords &words) {
    std::vector<uint32_t> places(chunk.ids.size());
    for (const text::PlacedWord &word : chunk.words) {
        const auto begin = places.begin() + static_cast<std::ptrdiff_t>(word.position);
        std::fill_n(begin, words.tokens(word.word), static_cast<uint32_t>(word.word) + 1);
    }
    return places;
}

} // namespace

able_prompt_support clip_prompts(int64_t positions) {
    auto support = make_struct<able_prompt_support>();
    support.flags = ABLE_HONOURS_WEIGHTS | ABLE_HONOURS_EMPTY_WEIGHTS | ABLE_HONOURS_BREAK | ABLE_HONOURS_CLIP_SKIP |
                    ABLE_HONOURS_NEGATIVE | ABLE_HONOURS_WORDS;
    support.chunk_tokens = static_cast<uint32_t>(positions - 2);
    return support;
}

void tokenize(const able_source *source, const std::vector<TextFolders> &texts, const able_token_request &request) {
    const std::vector<text::Piece> pieces = pieces_of({request.segments, request.segment_count});
    for (size_t i = 0; i < texts.size(); ++i) {
        const TextConfig config = read_text_config(source, texts[i].encoder);
        text::ClipTokenizer tokenizer(source, texts[i].tokenizer, config.vocabulary);
        const text::PromptWords words(tokenizer, words_of(request));
        const auto room = static_cast<size_t>(config.positions - 2);
        for (const text::Chunk &chunk : text::prompt_chunks(tokenizer, pieces, room, words)) {
            const std::vector<uint32_t> ids = tokenizer.framed(chunk.ids, static_cast<size_t>(config.positions));
            std::vector<double> weights(ids.size(), 1);
            std::copy(chunk.weights.begin(), chunk.weights.end(), weights.begin() + 1); // behind the start
            std::vector<uint32_t> places(ids.size());
            const std::vector<uint32_t> own = places_of(chunk, words);
            std::copy(own.begin(), own.end(), places.begin() + 1);
            auto out = make_struct<able_token_chunk>();
            out.encoder = static_cast<uint32_t>(i);
            out.encoder_name = texts[i].encoder.c_str();
            out.tokenizer_name = texts[i].tokenizer.c_str();
            out.ids = ids.data();
            out.weights = weights.data();
            out.words = places.data();
            out.count = static_cast<uint32_t>(ids.size());
            out.text_begin = 1;
            out.text_count = static_cast<uint32_t>(chunk.ids.size());
            out.room = static_cast<uint32_t>(room);
            check(request.chunk(&request, &out), "taking the tokens of a prompt");
        }
    }
}

} // namespace able::diffusion
