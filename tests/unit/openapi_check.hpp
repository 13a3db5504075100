// Whether a reply is as the OpenAPI document says.
#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace fakes {

inline std::string problem(const nlohmann::json &document, const nlohmann::json &schema, const nlohmann::json &value,
                           const std::string &where);

inline std::string problem_of_object(const nlohmann::json &document, const nlohmann::json &schema,
                                     const nlohmann::json &value, const std::string &where) {
    for (const auto &name : schema.value("required", nlohmann::json::array())) {
        if (!value.contains(name.get<std::string>())) {
            return where + " has no " + name.get<std::string>();
        }
    }
    const nlohmann::json properties = schema.value("properties", nlohmann::json::object());
    for (const auto &[name, item] : value.items()) {
        if (!properties.contains(name)) {
            if (schema.value("additionalProperties", nlohmann::json(true)) == false) {
                return where + " has " + name + ", which the document does not know";
            }
            continue;
        }
        if (auto text = problem(document, properties.at(name), item, where + "." + name); !text.empty()) {
            return text;
        }
    }
    return {};
}

inline bool has_type(const nlohmann::json &value, const std::string &type) {
    return (type == "string" && value.is_string()) || (type == "integer" && value.is_number_integer()) ||
           (type == "number" && value.is_number()) || (type == "boolean" && value.is_boolean()) ||
           (type == "null" && value.is_null()) || (type == "object" && value.is_object()) ||
           (type == "array" && value.is_array());
}

// What of `value` is not as the schema says: as much of JSON Schema as the document uses. Empty: nothing.
inline std::string problem(const nlohmann::json &document, const nlohmann::json &schema, const nlohmann::json &value,
                           const std::string &where) {
    if (schema.contains("$ref")) {
        const std::string pointer = schema.at("$ref").get<std::string>().substr(1);
        return problem(document, document.at(nlohmann::json::json_pointer(pointer)), value, where);
    }
    if (schema.contains("anyOf")) {
        const nlohmann::json &choices = schema.at("anyOf");
        if (std::none_of(choices.begin(), choices.end(), [&](const nlohmann::json &choice) {
                return problem(document, choice, value, where).empty();
            })) {
            return where + " is none of what it may be";
        }
    }
    if (schema.contains("type")) {
        const nlohmann::json &type = schema.at("type");
        const nlohmann::json types = type.is_array() ? type : nlohmann::json::array({type});
        if (std::none_of(types.begin(), types.end(), [&](const nlohmann::json &one) { return has_type(value, one); })) {
            return where + " is not of type " + type.dump();
        }
    }
    if (schema.contains("enum") && std::count(schema.at("enum").begin(), schema.at("enum").end(), value) == 0) {
        return where + " is not one of " + schema.at("enum").dump();
    }
    if (value.is_array() && schema.contains("items")) {
        for (const nlohmann::json &item : value) {
            if (auto text = problem(document, schema.at("items"), item, where + "[]"); !text.empty()) {
                return text;
            }
        }
    }
    return value.is_object() ? problem_of_object(document, schema, value, where) : std::string();
}

} // namespace fakes
