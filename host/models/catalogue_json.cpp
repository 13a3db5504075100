#include "host/models/catalogue.h"

#include <nlohmann/json.hpp>

namespace able::models {

void to_json(nlohmann::json &json, const ModelEntry &entry) {
    json = nlohmann::json{
        {"id", entry.id},
        {"name", entry.name},
        {"path", entry.path.string()},
        {"kind", entry.kind},
        {"size_bytes", entry.size_bytes},
        {"family", entry.family},
        {"variant", entry.variant},
        {"dtype", entry.dtype},
        {"default_width", entry.default_width},
        {"default_height", entry.default_height},
        {"ready", entry.ready},
        {"reason", entry.reason},
        {"bundled", entry.bundled},
        {"memory", entry.memory},
    };
}

void from_json(const nlohmann::json &json, ModelEntry &entry) {
    json.at("id").get_to(entry.id);
    json.at("name").get_to(entry.name);
    entry.path = json.at("path").get<std::string>();
    json.at("kind").get_to(entry.kind);
    json.at("size_bytes").get_to(entry.size_bytes);
    json.at("family").get_to(entry.family);
    json.at("variant").get_to(entry.variant);
    json.at("dtype").get_to(entry.dtype);
    json.at("default_width").get_to(entry.default_width);
    json.at("default_height").get_to(entry.default_height);
    json.at("ready").get_to(entry.ready);
    json.at("reason").get_to(entry.reason);
    json.at("bundled").get_to(entry.bundled);
    json.at("memory").get_to(entry.memory);
}

void to_json(nlohmann::json &json, const LoraEntry &entry) {
    json = nlohmann::json{
        {"id", entry.id},
        {"name", entry.name},
        {"path", entry.path.string()},
        {"size_bytes", entry.size_bytes},
        {"family", entry.family},
        {"ready", entry.ready},
        {"reason", entry.reason},
    };
}

void from_json(const nlohmann::json &json, LoraEntry &entry) {
    json.at("id").get_to(entry.id);
    json.at("name").get_to(entry.name);
    entry.path = json.at("path").get<std::string>();
    json.at("size_bytes").get_to(entry.size_bytes);
    json.at("family").get_to(entry.family);
    json.at("ready").get_to(entry.ready);
    json.at("reason").get_to(entry.reason);
}

void to_json(nlohmann::json &json, const Catalogue &catalogue) {
    json = nlohmann::json{{"models", catalogue.models},
                          {"vaes", catalogue.vaes},
                          {"loras", catalogue.loras},
                          {"warnings", catalogue.warnings}};
}

void from_json(const nlohmann::json &json, Catalogue &catalogue) {
    json.at("models").get_to(catalogue.models);
    json.at("vaes").get_to(catalogue.vaes);
    json.at("loras").get_to(catalogue.loras);
    json.at("warnings").get_to(catalogue.warnings);
}

} // namespace able::models
