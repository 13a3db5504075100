#include "description.h"

#include <array>
#include <utility>

namespace able::plugins {

namespace {

constexpr std::array<std::pair<ParamType, const char *>, 5> kTypes{{{ParamType::boolean, "boolean"},
                                                                    {ParamType::integer, "integer"},
                                                                    {ParamType::number, "number"},
                                                                    {ParamType::choice, "choice"},
                                                                    {ParamType::string, "string"}}};

template <class Enum, std::size_t N>
const char *name_of(const std::array<std::pair<Enum, const char *>, N> &table, Enum value) {
    for (const auto &[key, name] : table) {
        if (key == value) {
            return name;
        }
    }
    return "unknown";
}

template <class Enum, std::size_t N>
Enum value_of(const std::array<std::pair<Enum, const char *>, N> &table, const std::string &name) {
    for (const auto &[key, text] : table) {
        if (name == text) {
            return key;
        }
    }
    throw nlohmann::json::other_error::create(501, "unknown name '" + name + "'", nullptr);
}

nlohmann::json param_to_json(const ParamDescription &param) {
    return {{"key", param.key},
            {"label", param.label},
            {"help", param.help},
            {"group", param.group},
            {"unit", param.unit},
            {"type", name_of(kTypes, param.type)},
            {"minimum", param.minimum},
            {"maximum", param.maximum},
            {"default_number", param.default_number},
            {"default_string", param.default_string},
            {"step", param.step},
            {"choices", param.choices},
            {"at_load", param.at_load}};
}

ParamDescription param_from_json(const nlohmann::json &json) {
    ParamDescription param;
    json.at("key").get_to(param.key);
    json.at("label").get_to(param.label);
    json.at("help").get_to(param.help);
    json.at("group").get_to(param.group);
    json.at("unit").get_to(param.unit);
    param.type = value_of(kTypes, json.at("type").get<std::string>());
    json.at("minimum").get_to(param.minimum);
    json.at("maximum").get_to(param.maximum);
    json.at("default_number").get_to(param.default_number);
    json.at("default_string").get_to(param.default_string);
    json.at("step").get_to(param.step);
    json.at("choices").get_to(param.choices);
    json.at("at_load").get_to(param.at_load);
    return param;
}

nlohmann::json object_to_json(const ObjectDescription &object) {
    nlohmann::json params = nlohmann::json::array();
    for (const auto &param : object.params) {
        params.push_back(param_to_json(param));
    }
    return {{"kind", to_string(object.kind)}, {"id", object.id},       {"name", object.name},
            {"summary", object.summary},      {"url", object.url},     {"aliases", object.aliases},
            {"params", std::move(params)},    {"flags", object.flags}, {"default_schedule", object.default_schedule}};
}

ObjectDescription object_from_json(const nlohmann::json &json) {
    ObjectDescription object;
    object.kind = kind_called(json.at("kind").get_ref<const std::string &>());
    json.at("id").get_to(object.id);
    json.at("name").get_to(object.name);
    json.at("summary").get_to(object.summary);
    json.at("url").get_to(object.url);
    json.at("aliases").get_to(object.aliases);
    for (const auto &param : json.at("params")) {
        object.params.push_back(param_from_json(param));
    }
    json.at("flags").get_to(object.flags);
    json.at("default_schedule").get_to(object.default_schedule);
    return object;
}

nlohmann::json param_schema(const ParamDescription &param) {
    nlohmann::json schema{{"title", param.label}};
    if (!param.help.empty()) {
        schema["description"] = param.help;
    }
    if (!param.group.empty()) {
        schema["x-group"] = param.group;
    }
    if (!param.unit.empty()) {
        schema["x-unit"] = param.unit;
    }
    switch (param.type) {
    case ParamType::boolean:
        schema["type"] = "boolean";
        schema["default"] = param.default_number != 0;
        return schema;
    case ParamType::choice:
        schema["type"] = "string";
        schema["enum"] = param.choices;
        schema["default"] = param.choices.at(static_cast<std::size_t>(param.default_number));
        return schema;
    case ParamType::string:
        schema["type"] = "string";
        schema["default"] = param.default_string;
        return schema;
    case ParamType::integer:
        schema["type"] = "integer";
        schema["minimum"] = static_cast<std::int64_t>(param.minimum);
        schema["maximum"] = static_cast<std::int64_t>(param.maximum);
        schema["default"] = static_cast<std::int64_t>(param.default_number);
        break;
    case ParamType::number:
        schema["type"] = "number";
        schema["minimum"] = param.minimum;
        schema["maximum"] = param.maximum;
        schema["default"] = param.default_number;
        break;
    }
    if (param.step > 0) {
        schema["x-step"] = param.step;
    }
    return schema;
}

} // namespace

void to_json(nlohmann::json &json, const PluginDescription &description) {
    nlohmann::json objects = nlohmann::json::array();
    for (const auto &object : description.objects) {
        objects.push_back(object_to_json(object));
    }
    json = {{"id", description.id},
            {"name", description.name},
            {"version", description.version},
            {"vendor", description.vendor},
            {"licence", description.licence},
            {"url", description.url},
            {"engine", description.engine},
            {"abi_minor", description.abi_minor},
            {"min_host_minor", description.min_host_minor},
            {"objects", std::move(objects)}};
}

void from_json(const nlohmann::json &json, PluginDescription &description) {
    json.at("id").get_to(description.id);
    json.at("name").get_to(description.name);
    json.at("version").get_to(description.version);
    json.at("vendor").get_to(description.vendor);
    json.at("licence").get_to(description.licence);
    json.at("url").get_to(description.url);
    json.at("engine").get_to(description.engine);
    json.at("abi_minor").get_to(description.abi_minor);
    json.at("min_host_minor").get_to(description.min_host_minor);
    description.objects.clear();
    for (const auto &object : json.at("objects")) {
        description.objects.push_back(object_from_json(object));
    }
}

nlohmann::json json_schema(const std::vector<ParamDescription> &params) {
    nlohmann::json properties = nlohmann::json::object();
    for (const auto &param : params) {
        properties[param.key] = param_schema(param);
    }
    return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

} // namespace able::plugins
