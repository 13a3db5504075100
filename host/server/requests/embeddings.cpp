#include "embeddings.h"

#include "text/clip_vocabulary.h"
#include "text/prompt_chunks.h"
#include "text/text_normalise.h"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <set>

namespace able::server {
namespace {

std::string quoted(const std::string &text) {
    return "\"" + text.substr(0, 200) + "\"";
}

std::vector<std::string> names_of(const EmbeddingEntry &entry) {
    std::vector<std::string> names{entry.name};
    for (const std::string &name : {entry.id, entry.word}) {
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

// CLIP's tokenizer, which every model here has; it remembers words, so one user at a time.
class SharedTokenizer {
public:
    template <class Use>
    auto with(Use use) {
        const std::lock_guard lock(mutex_);
        if (!tokenizer_) {
            tokenizer_ = std::make_unique<text::ClipTokenizer>(text::clip_tokenizer_source(), "tokenizer",
                                                               std::numeric_limits<std::int32_t>::max());
        }
        return use(*tokenizer_);
    }

private:
    std::mutex mutex_;
    std::unique_ptr<text::ClipTokenizer> tokenizer_;
};

SharedTokenizer &shared_tokenizer() {
    static SharedTokenizer tokenizer;
    return tokenizer;
}

} // namespace

struct EmbeddingFinder::Words {
    std::vector<Occurrence> names; // by the words' numbers
    text::PromptWords words;
};

EmbeddingFinder::EmbeddingFinder(const Catalogue &catalogue) {
    if (catalogue.embeddings.empty()) {
        return;
    }
    words_ = std::make_unique<Words>();
    std::map<std::string, std::size_t> numbers; // by the name as the tokenizer sees it
    std::vector<text::NewWord> words;
    for (const auto &entry : catalogue.embeddings) {
        for (const std::string &name : names_of(entry)) {
            const auto [number, is_new] = numbers.emplace(text::normalise(name), words.size());
            if (is_new) {
                words.push_back({{name}, 1});
                words_->names.push_back({name, {}});
            }
            auto &entries = words_->names[number->second].entries;
            if (std::find(entries.begin(), entries.end(), &entry) == entries.end()) {
                entries.push_back(&entry);
            }
        }
    }
    shared_tokenizer().with(
        [&](text::ClipTokenizer &tokenizer) { words_->words = text::PromptWords(tokenizer, words); });
}

EmbeddingFinder::~EmbeddingFinder() = default;

std::vector<EmbeddingFinder::Occurrence> EmbeddingFinder::find(const prompt::ScheduledPart &part) const {
    if (words_ == nullptr) {
        return {};
    }
    std::set<std::string_view> texts; // those of a schedule have much in common
    std::vector<text::Piece> pieces;
    for (const auto &variant : part.variants) {
        for (const auto &segment : variant.segments) {
            if (texts.insert(segment.text).second) {
                pieces.push_back({segment.text, 1, false});
            }
        }
    }
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max() / 2; // tokens in one chunk
    const auto chunks = shared_tokenizer().with(
        [&](text::ClipTokenizer &tokenizer) { return text::prompt_chunks(tokenizer, pieces, all, words_->words); });
    std::set<std::size_t> found;
    for (const auto &chunk : chunks) {
        for (const auto &word : chunk.words) {
            found.insert(word.word);
        }
    }
    std::vector<Occurrence> occurrences;
    for (const std::size_t number : found) {
        occurrences.push_back(words_->names[number]);
    }
    return occurrences;
}

const EmbeddingEntry &meant_embedding(const EmbeddingFinder::Occurrence &occurrence, const char *field,
                                      const ModelEntry *model) {
    if (occurrence.entries.size() > 1) {
        std::string list;
        std::vector<std::string> ids;
        for (const auto *entry : occurrence.entries) {
            ids.push_back(entry->id);
            list += (list.empty() ? "" : ", ") + quoted(entry->id);
        }
        throw base::RequestError(base::ErrorKind::invalid, "ambiguous_embedding",
                                 "more than one embedding is called " + quoted(occurrence.name) + ": write which of " +
                                     list + " is meant",
                                 field, std::move(ids));
    }
    const EmbeddingEntry &entry = *occurrence.entries.front();
    if (!entry.ready) {
        throw base::RequestError(base::ErrorKind::invalid, "embedding_not_ready",
                                 "the embedding " + quoted(entry.id) + " cannot be used: " + entry.reason, field);
    }
    if (model != nullptr) {
        check_family(field, "the embedding " + quoted(entry.id), entry.family, *model);
    }
    return entry;
}

protocol::EmbeddingUse use_of(const EmbeddingEntry &entry) {
    return {entry.id, entry.path.string(), names_of(entry)};
}

void check_family(const std::string &field, const std::string &what, std::string_view family, const ModelEntry &model) {
    if (family.empty() || model.family.empty() || family == model.family) {
        return;
    }
    throw base::RequestError(base::ErrorKind::invalid, "wrong_family",
                             what + " is made for " + family_name(family) + ", the model is " +
                                 family_name(model.family) + " (" + quoted(model.id) +
                                 "); choose a model of its family" + ", or do without",
                             field);
}

} // namespace able::server
