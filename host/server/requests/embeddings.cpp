#include "embeddings.h"

#include "refusal.h"

#include "text/text_normalise.h"

#include <ablerefusal/prompt.h>

#include <algorithm>
#include <stdexcept>

namespace able::server {
namespace {

std::vector<std::string> names_of(const EmbeddingEntry &entry) {
    std::vector<std::string> names{entry.name};
    for (const std::string &name : {entry.id, entry.word}) {
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

// In lower case and without spaces. No tokenizer finds a name in a text that does not contain it in this form:
// tokenizers may distinguish case and keep spaces, but they keep the letters in order.
std::string folded(std::string_view text) {
    std::string out = text::normalise(text);
    std::erase(out, ' ');
    return out;
}

bool takes_words(const ModelEntry &model) {
    return !model.traits.prompt || (model.traits.prompt->honours & ABLE_HONOURS_WORDS) != 0;
}

} // namespace

EmbeddingFinder::EmbeddingFinder(const Catalogue &catalogue, const ModelEntry *model, CountTokens count_tokens)
    : model_(model), count_tokens_(std::move(count_tokens)) {
    if (model == nullptr || !count_tokens_ || !takes_words(*model)) {
        return;
    }
    for (const auto &entry : catalogue.embeddings) {
        add(entry);
    }
}

void EmbeddingFinder::add(const EmbeddingEntry &entry) {
    for (const std::string &name : names_of(entry)) {
        const auto [number, is_new] = numbers_.emplace(text::normalise(name), names_.size());
        if (is_new) {
            names_.push_back({{name, {}}, folded(name)});
        }
        auto &entries = names_[number->second].occurrence.entries;
        if (std::find(entries.begin(), entries.end(), &entry) == entries.end()) {
            entries.push_back(&entry);
        }
    }
}

void EmbeddingFinder::add(const LoraEntry &lora) {
    if (model_ == nullptr || !count_tokens_ || !takes_words(*model_) || !added_.insert(lora.path.string()).second) {
        return;
    }
    for (const auto &entry : lora.bundled) {
        add(entry);
    }
}

void EmbeddingFinder::look_up(std::span<const prompt::ScheduledPart> parts, const char *field) {
    std::vector<std::vector<prompt::Segment>> prompts; // a text each
    std::set<std::size_t> candidates;
    std::set<std::string_view> seen;
    for (const auto &part : parts) {
        for (const auto &variant : part.variants) {
            for (const auto &segment : variant.segments) {
                if (found_.contains(segment.text) || !seen.insert(segment.text).second) {
                    continue;
                }
                const std::string text = folded(segment.text);
                bool any = false;
                for (std::size_t i = 0; i < names_.size(); ++i) {
                    if (text.find(names_[i].folded) != std::string::npos) {
                        candidates.insert(i);
                        any = true;
                    }
                }
                if (any) {
                    prompts.push_back({{segment.text, 1, false}});
                }
            }
        }
    }
    if (prompts.empty()) {
        return;
    }
    const std::vector<std::size_t> asked(candidates.begin(), candidates.end());
    std::vector<WordTokens> words;
    words.reserve(asked.size());
    for (const std::size_t index : asked) {
        words.push_back({{names_[index].occurrence.name}, 1});
    }
    std::vector<EncoderTokens> encoders;
    try {
        encoders = count_tokens_(*model_, prompts, words);
    } catch (const std::runtime_error &error) {
        const std::string &name = names_[asked.front()].occurrence.name;
        throw base::RequestError(base::ErrorKind::invalid, "tokens_unknown",
                                 "whether the prompt uses the embedding " + quoted(name) +
                                     " cannot be told for the model " + quoted(model_->id) + ": " + error.what(),
                                 field);
    }
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        auto &found = found_[prompts[i].front().text];
        for (const auto &encoder : encoders) {
            for (const auto &chunk : encoder.prompts.at(i)) {
                for (const std::uint32_t word : chunk.words) {
                    if (word > 0) {
                        found.insert(asked.at(word - 1));
                    }
                }
            }
        }
    }
}

std::vector<EmbeddingFinder::Occurrence> EmbeddingFinder::find(const prompt::ScheduledPart &part,
                                                               const std::set<std::string> &loras) const {
    std::set<std::size_t> found;
    for (const auto &variant : part.variants) {
        for (const auto &segment : variant.segments) {
            if (const auto known = found_.find(segment.text); known != found_.end()) {
                found.insert(known->second.begin(), known->second.end());
            }
        }
    }
    std::vector<Occurrence> occurrences;
    occurrences.reserve(found.size());
    for (const std::size_t index : found) {
        Occurrence occurrence = names_[index].occurrence;
        const bool has_file = std::any_of(occurrence.entries.begin(), occurrence.entries.end(),
                                          [](const auto *entry) { return !entry->bundled; });
        std::erase_if(occurrence.entries, [&](const auto *entry) {
            return entry->bundled && (has_file || !loras.contains(entry->path.string()));
        });
        if (!occurrence.entries.empty()) {
            occurrences.push_back(std::move(occurrence));
        }
    }
    return occurrences;
}

std::vector<std::string> template_like_names(const Catalogue &catalogue) {
    std::vector<std::string> names;
    for (const auto &entry : catalogue.embeddings) {
        for (std::string &name : names_of(entry)) {
            if (name.find("__") != std::string::npos || name.find('{') != std::string::npos) {
                names.push_back(std::move(name));
            }
        }
    }
    return names;
}

const EmbeddingEntry &resolve_embedding(const EmbeddingFinder::Occurrence &occurrence, const char *field,
                                        const ModelEntry *model) {
    if (occurrence.entries.size() > 1) {
        std::string list;
        std::vector<std::string> all;
        for (const auto *entry : occurrence.entries) {
            all.push_back(entry->id);
            list += (list.empty() ? "" : ", ") + quoted(entry->id);
        }
        refuse("ambiguous_embedding", field,
               "more than one embedding is called " + quoted(occurrence.name) + ": write which of " + list +
                   " is meant",
               std::move(all));
    }
    const EmbeddingEntry &entry = *occurrence.entries.front();
    if (!entry.ready) {
        refuse("embedding_not_ready", field, "the embedding " + quoted(entry.id) + " cannot be used: " + entry.reason);
    }
    if (model != nullptr) {
        check_family(field, "the embedding " + quoted(entry.id), entry.family, *model);
    }
    return entry;
}

protocol::EmbeddingUse use_of(const EmbeddingEntry &entry) {
    return {entry.id, entry.path.string(), names_of(entry), entry.bundled ? entry.name : std::string()};
}

void check_family(const std::string &field, const std::string &what, std::string_view family, const ModelEntry &model) {
    if (family.empty() || model.family.empty() || family == model.family) {
        return;
    }
    const std::string &name = model.traits.family_name;
    refuse("wrong_family", field,
           what + " is made for the family " + quoted(std::string(family)) + ", the model " + quoted(model.id) +
               " is of " + quoted(model.family) + (name.empty() ? "" : " (" + name + ")") +
               "; choose a model of its family, or do without");
}

} // namespace able::server
