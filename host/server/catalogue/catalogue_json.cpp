#include "catalogue.h"

#include <nlohmann/json.hpp>

namespace able::server {

namespace {

// What all entries have in common.
template <class Entry>
nlohmann::json entry_json(const Entry &entry) {
    return {{"id", entry.id},
            {"name", entry.name},
            {"path", entry.path.string()},
            {"size_bytes", entry.size_bytes},
            {"family", entry.family},
            {"ready", entry.ready},
            {"reason", entry.reason}};
}

template <class Entry>
void read_entry(const nlohmann::json &json, Entry &entry) {
    json.at("id").get_to(entry.id);
    json.at("name").get_to(entry.name);
    entry.path = json.at("path").get<std::string>();
    json.at("size_bytes").get_to(entry.size_bytes);
    json.at("family").get_to(entry.family);
    json.at("ready").get_to(entry.ready);
    json.at("reason").get_to(entry.reason);
}

// What LoraEntry and EmbeddingEntry have in common.
template <class Entry>
nlohmann::json adapter_json(const Entry &entry) {
    nlohmann::json json = entry_json(entry);
    json["sha256"] = entry.hashes.sha256;
    json["auto_v3"] = entry.hashes.auto_v3;
    return json;
}

template <class Entry>
void read_adapter(const nlohmann::json &json, Entry &entry) {
    read_entry(json, entry);
    json.at("sha256").get_to(entry.hashes.sha256);
    json.at("auto_v3").get_to(entry.hashes.auto_v3);
}

std::optional<FewSteps> few_steps_from(const nlohmann::json &json) {
    if (json.is_null()) {
        return std::nullopt;
    }
    return FewSteps{json.at("kind").get<std::string>(), json.at("sampler").get<std::string>(),
                    json.at("schedule").get<std::string>(), json.at("steps").get<std::uint32_t>(),
                    json.at("cfg_scale").get<double>()};
}

} // namespace

void to_json(nlohmann::json &json, const ModelEntry &entry) {
    json = entry_json(entry);
    json["kind"] = entry.kind;
    json["variant"] = entry.variant;
    json["dtype"] = entry.dtype;
    json["default_width"] = entry.default_width;
    json["default_height"] = entry.default_height;
    json["pipeline"] = entry.pipeline;
    json["traits"] = entry.traits;
    json["needs"] = entry.needs;
    json["notes"] = entry.notes;
    json["encodes"] = entry.encodes;
    json["bundled"] = entry.bundled;
    json["memory"] = entry.memory;
}

void from_json(const nlohmann::json &json, ModelEntry &entry) {
    read_entry(json, entry);
    json.at("kind").get_to(entry.kind);
    json.at("variant").get_to(entry.variant);
    json.at("dtype").get_to(entry.dtype);
    json.at("default_width").get_to(entry.default_width);
    json.at("default_height").get_to(entry.default_height);
    json.at("pipeline").get_to(entry.pipeline);
    json.at("traits").get_to(entry.traits);
    json.at("needs").get_to(entry.needs);
    json.at("notes").get_to(entry.notes);
    json.at("encodes").get_to(entry.encodes);
    json.at("bundled").get_to(entry.bundled);
    json.at("memory").get_to(entry.memory);
}

void to_json(nlohmann::json &json, const LoraEntry &entry) {
    json = adapter_json(entry);
    json["type"] = entry.type;
    json["adapter"] = entry.adapter;
    json["details"] = entry.details;
    json["few_steps"] = few_steps_json(entry.few_steps);
    json["data_offset"] = entry.data_offset;
    json["bundled"] = entry.bundled;
}

void from_json(const nlohmann::json &json, LoraEntry &entry) {
    read_adapter(json, entry);
    json.at("type").get_to(entry.type);
    json.at("adapter").get_to(entry.adapter);
    json.at("details").get_to(entry.details);
    entry.few_steps = few_steps_from(json.at("few_steps"));
    json.at("data_offset").get_to(entry.data_offset);
    json.at("bundled").get_to(entry.bundled);
}

void to_json(nlohmann::json &json, const EmbeddingEntry &entry) {
    json = adapter_json(entry);
    json["tokens"] = entry.tokens;
    json["word"] = entry.word;
    json["bundled"] = entry.bundled;
}

void from_json(const nlohmann::json &json, EmbeddingEntry &entry) {
    read_adapter(json, entry);
    json.at("tokens").get_to(entry.tokens);
    json.at("word").get_to(entry.word);
    json.at("bundled").get_to(entry.bundled);
}

void to_json(nlohmann::json &json, const Catalogue &catalogue) {
    json = nlohmann::json{{"models", catalogue.models},
                          {"vaes", catalogue.vaes},
                          {"loras", catalogue.loras},
                          {"embeddings", catalogue.embeddings},
                          {"warnings", catalogue.warnings}};
}

void from_json(const nlohmann::json &json, Catalogue &catalogue) {
    json.at("models").get_to(catalogue.models);
    json.at("vaes").get_to(catalogue.vaes);
    json.at("loras").get_to(catalogue.loras);
    json.at("embeddings").get_to(catalogue.embeddings);
    json.at("warnings").get_to(catalogue.warnings);
}

} // namespace able::server
