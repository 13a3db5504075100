#include "clip_tokenizer.h"

#include "text_normalise.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <utility>

namespace able::text {
namespace {

constexpr size_t cache_limit = 8192; // words

// The largest id of all, and the token that has it.
std::pair<uint32_t, std::string> largest_id(const TokenizerFiles &files) {
    std::pair<uint32_t, std::string> largest{0, ""};
    for (const auto &[token, id] : files.vocabulary) {
        largest = std::max(largest, std::pair(id, token));
    }
    for (const AddedToken &token : files.added) {
        largest = std::max(largest, std::pair(token.id, token.content));
    }
    return largest;
}

std::vector<AddedToken> picked(const std::vector<AddedToken> &tokens, bool normalised) {
    std::vector<AddedToken> some;
    for (const AddedToken &token : tokens) {
        if (token.normalised == normalised) {
            some.push_back(token);
            some.back().content = normalised ? normalise(token.content) : token.content;
        }
    }
    return some;
}

} // namespace

ClipTokenizer::ClipTokenizer(const able_source *source, const std::string &folder, int64_t vocabulary) {
    TokenizerFiles files = read_tokenizer_files(source, folder);
    if (const auto [id, token] = largest_id(files); id >= vocabulary) {
        throw Error(ABLE_BAD_FILE, files.vocabulary_file + ": the id of \"" + token + "\" is " + std::to_string(id) +
                                       ", and the text encoder knows ids below " + std::to_string(vocabulary) +
                                       "; the files of this model do not belong together");
    }
    literal_ = AddedTokens(picked(files.added, false));
    normalised_ = AddedTokens(picked(files.added, true));
    start_ = files.start;
    end_ = files.end;
    padding_ = files.padding;
    pairs_ = BytePairEncoding(std::move(files.vocabulary), files.merges);
    pairs_.set_unknown(files.unknown);
}

// Added tokens are found wherever a prompt spells them. The padding is one of them: if it is "!", as for SDXL's second
// encoder, every "!" of a prompt becomes padding.
std::vector<uint32_t> ClipTokenizer::encode(std::string_view text) {
    std::vector<uint32_t> ids;
    for (const AddedTokens::Piece &outer : literal_.split(text)) {
        if (outer.id) {
            ids.push_back(*outer.id);
            continue;
        }
        const std::string normal = normalise(outer.text);
        for (const AddedTokens::Piece &inner : normalised_.split(normal)) {
            if (inner.id) {
                ids.push_back(*inner.id);
            } else {
                encode_words(inner.text, ids);
            }
        }
    }
    return ids;
}

void ClipTokenizer::encode_words(std::string_view normalised, std::vector<uint32_t> &ids) {
    for (const std::string_view view : split_words(normalised)) {
        const std::string word(view);
        auto found = cache_.find(word);
        if (found == cache_.end()) {
            if (cache_.size() >= cache_limit) {
                cache_.clear();
            }
            found = cache_.emplace(word, pairs_.encode(word)).first;
        }
        ids.insert(ids.end(), found->second.begin(), found->second.end());
    }
}

std::vector<uint32_t> ClipTokenizer::framed(const std::vector<uint32_t> &ids, size_t length) const {
    std::vector<uint32_t> row{start_};
    row.insert(row.end(), ids.begin(), ids.end());
    row.push_back(end_);
    row.resize(std::max(row.size(), length), padding_);
    return row;
}

} // namespace able::text
