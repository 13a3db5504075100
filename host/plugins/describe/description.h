// What a plugin says of itself, copied out of its process. The server knows plugins by these alone: it never loads one.
#pragma once

#include "object_kinds.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace able::plugins {

enum class ParamType { boolean, integer, number, choice, string };

// able_param, as a value.
struct ParamDescription {
    std::string key, label, help, group, unit;
    ParamType type = ParamType::number;
    double minimum = 0, maximum = 0, default_number = 0, step = 0;
    std::string default_string;
    std::vector<std::string> choices;
    bool at_load = false; // of a pipeline: another value loads the model anew
};

// able_descriptor, as a value, with what only samplers have.
struct ObjectDescription {
    ObjectKind kind = ObjectKind::sampler;
    std::string id, name, summary, url;
    std::vector<std::string> aliases;
    std::vector<ParamDescription> params;
    std::uint32_t flags = 0;
    std::string default_schedule; // samplers only
};

struct PluginDescription {
    std::string id, name, version, vendor, licence, url, engine;
    std::uint32_t abi_minor = 0, min_host_minor = 0;
    std::vector<ObjectDescription> objects;
};

void to_json(nlohmann::json &json, const PluginDescription &description);
// Throws nlohmann::json::exception on a document of another shape.
void from_json(const nlohmann::json &json, PluginDescription &description);

// The parameters as a JSON Schema object, for GET /samplers and the OpenAPI document.
nlohmann::json json_schema(const std::vector<ParamDescription> &params);

} // namespace able::plugins
