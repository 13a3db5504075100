#include "description.h"

#include "param_type.h"

namespace able::plugins {

namespace {

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
    type_of(param).describe(param, schema);
    return schema;
}

} // namespace

void check_description(const PluginDescription &description) {
    for (const auto &object : description.objects) {
        for (const auto &param : object.params) {
            const ParamType *type = find_param_type(param.type);
            const std::string fault = type == nullptr ? "is of no known type" : type->fault(param);
            if (!fault.empty()) {
                throw base::MemberError("a plugin's description has a parameter \"" + param.key +
                                        "\" that cannot be: " + fault);
            }
        }
    }
}

PluginDescription read_description(const nlohmann::json &document) {
    auto description = base::from_document<PluginDescription>(document, "a plugin's description");
    check_description(description);
    return description;
}

nlohmann::json json_schema(const std::vector<ParamDescription> &params) {
    nlohmann::json properties = nlohmann::json::object();
    for (const auto &param : params) {
        properties[param.key] = param_schema(param);
    }
    return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

} // namespace able::plugins
