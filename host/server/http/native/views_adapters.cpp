// What goes into prompts: LoRAs, embeddings, wildcards.
#include "views.h"

namespace able::http {
namespace {

using nlohmann::json;

constexpr std::size_t auto_v2_digits = 10;

json or_null(const std::string &text) {
    return text.empty() ? json(nullptr) : json(text);
}

void add_hashes(json &view, const server::FileHashes &hashes) {
    view["sha256"] = or_null(hashes.sha256);
    view["auto_v2"] = or_null(hashes.sha256.substr(0, auto_v2_digits));
    view["auto_v3"] = or_null(hashes.auto_v3);
}

json tags_view(const std::vector<protocol::TagCount> &tags) {
    json list = json::array();
    for (const auto &[tag, count] : tags) {
        list.push_back({{"tag", tag}, {"count", count}});
    }
    return list;
}

json words_view(const std::vector<server::EmbeddingEntry> &words) {
    json list = json::array();
    for (const auto &word : words) {
        list.push_back({{"word", word.name},
                        {"ready", word.ready},
                        {"reason", or_null(word.reason)},
                        {"tokens", word.tokens == 0 ? json(nullptr) : json(word.tokens)}});
    }
    return list;
}

} // namespace

json loras_view(const server::Catalogue &catalogue) {
    json list = json::array();
    for (const auto &lora : catalogue.loras) {
        json view{{"id", lora.id},
                  {"name", lora.name},
                  {"path", lora.path.string()},
                  {"family", or_null(lora.family)},
                  {"type", or_null(lora.type)},
                  {"adapter", or_null(lora.adapter)},
                  {"size_bytes", lora.size_bytes},
                  {"ready", lora.ready},
                  {"reason", or_null(lora.reason)},
                  {"title", or_null(lora.details.title)},
                  {"author", or_null(lora.details.author)},
                  {"alias", or_null(lora.details.alias)},
                  {"base_model", or_null(lora.details.base_model)},
                  {"trigger_words", lora.details.trigger_words},
                  {"tags", tags_view(lora.details.tags)},
                  {"few_steps", server::few_steps_json(lora.few_steps)},
                  {"words", words_view(lora.bundled)}};
        add_hashes(view, lora.hashes);
        list.push_back(std::move(view));
    }
    return {{"count", list.size()}, {"loras", std::move(list)}};
}

json embeddings_view(const server::Catalogue &catalogue) {
    json list = json::array();
    for (const auto &embedding : catalogue.embeddings) {
        json view{{"id", embedding.id},
                  {"name", embedding.name},
                  {"path", embedding.path.string()},
                  {"family", or_null(embedding.family)},
                  {"size_bytes", embedding.size_bytes},
                  {"ready", embedding.ready},
                  {"reason", or_null(embedding.reason)},
                  {"word", or_null(embedding.word)},
                  {"tokens", embedding.tokens == 0 ? json(nullptr) : json(embedding.tokens)}};
        add_hashes(view, embedding.hashes);
        list.push_back(std::move(view));
    }
    return {{"count", list.size()}, {"embeddings", std::move(list)}};
}

json wildcards_view(const std::vector<server::WildcardEntry> &wildcards) {
    json list = json::array();
    for (const auto &wildcard : wildcards) {
        list.push_back({{"name", wildcard.name},
                        {"lines", wildcard.reason.empty() ? json(wildcard.lines) : json(nullptr)},
                        {"ready", wildcard.reason.empty()},
                        {"reason", or_null(wildcard.reason)}});
    }
    return {{"count", list.size()}, {"wildcards", std::move(list)}};
}

} // namespace able::http
