#include "clip_tokenizer.h"

#include "text_normalise.h"

#include <ablerefusal/glue.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace able::text {
namespace {

constexpr size_t cache_limit = 8192; // words

// The token that `file` gives for `key`: a string, or an object with a "content". Empty if it gives none.
std::string token_in(const able_source *source, const std::string &file, const char *key) {
    uint64_t length = 0;
    const char *text = source->text(source, file.c_str(), &length);
    if (text == nullptr) {
        return {};
    }
    const auto root = nlohmann::json::parse(text, text + length, nullptr, false);
    if (!root.is_object()) {
        throw Error(ABLE_BAD_FILE, file + " is not a JSON object; download it again");
    }
    auto value = root.find(key);
    if (value != root.end() && value->is_object()) {
        const auto content = value->find("content");
        return content != value->end() && content->is_string() ? content->get<std::string>() : std::string();
    }
    return value != root.end() && value->is_string() ? value->get<std::string>() : std::string();
}

} // namespace

ClipTokenizer::ClipTokenizer(const able_source *source, const std::string &folder, int64_t vocabulary)
    : pairs_(source, folder), start_(special(source, folder, "bos_token", "<|startoftext|>")),
      end_(special(source, folder, "eos_token", "<|endoftext|>")),
      padding_(special(source, folder, "pad_token", end_.text)) {
    if (pairs_.largest_id() >= vocabulary) {
        throw Error(ABLE_BAD_FILE, folder + "/vocab.json has the id " + std::to_string(pairs_.largest_id()) +
                                       ", and the text encoder knows ids below " + std::to_string(vocabulary) +
                                       "; the files of this model do not belong together");
    }
    pairs_.set_unknown(end_.id);
}

ClipTokenizer::Special ClipTokenizer::special(const able_source *source, const std::string &folder, const char *key,
                                              const std::string &fallback) const {
    // Where the two files disagree, as in SD 2.1's repository, the map is what was trained with.
    std::string text = token_in(source, folder + "/special_tokens_map.json", key);
    if (text.empty()) {
        text = token_in(source, folder + "/tokenizer_config.json", key);
    }
    if (text.empty()) {
        text = fallback;
    }
    const auto id = pairs_.id(text);
    if (!id) {
        throw Error(ABLE_BAD_FILE, folder + "/vocab.json has no \"" + text + "\", which is its " + key);
    }
    return {text, *id};
}

std::vector<uint32_t> ClipTokenizer::encode(std::string_view text) {
    // The special tokens may be written out in the text, and stand for themselves there. So does the padding: where it
    // is "!", as for SDXL's second encoder, so is every "!" of a prompt.
    struct Place {
        const Special *special;
        size_t at;
    };
    std::array<Place, 3> places{{{&start_, 0}, {&end_, 0}, {&padding_, 0}}};
    std::vector<uint32_t> ids;
    size_t position = 0;
    while (true) {
        for (Place &place : places) {
            if (place.at <= position) {
                place.at = text.find(place.special->text, position);
            }
        }
        const Place next =
            *std::min_element(places.begin(), places.end(), [](const Place &a, const Place &b) { return a.at < b.at; });
        encode_words(normalise(text.substr(position, next.at - position)), ids);
        if (next.at == std::string_view::npos) {
            return ids;
        }
        ids.push_back(next.special->id);
        position = next.at + next.special->text.size();
    }
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
    std::vector<uint32_t> row{start_.id};
    row.insert(row.end(), ids.begin(), ids.end());
    row.push_back(end_.id);
    row.resize(std::max(row.size(), length), padding_.id);
    return row;
}

} // namespace able::text
