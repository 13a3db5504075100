// What a plugin says of itself, copied out of its process. The server knows plugins by these alone: it never loads one.
#pragma once

#include "object_kinds.h"

#include "host/base/members.h"

#include <ablerefusal/param.h>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace able::plugins {

// able_param, as a value.
struct ParamDescription {
    std::string key, label, help, group, unit;
    able_param_type type = ABLE_PARAM_FLOAT; // see param_type.h
    double minimum = 0, maximum = 0, default_number = 0, step = 0;
    std::string default_string;
    std::vector<std::string> choices;
    bool at_load = false; // of a pipeline: another value loads the model anew

    static constexpr auto members() {
        using S = ParamDescription;
        return std::tuple(base::member("key", &S::key), base::text_member("label", &S::label, 200),
                          base::text_member("help", &S::help, 2000), base::text_member("group", &S::group, 200),
                          base::text_member("unit", &S::unit, 64), base::member("type", &S::type),
                          base::member("minimum", &S::minimum), base::member("maximum", &S::maximum),
                          base::member("default_number", &S::default_number), base::member("step", &S::step),
                          base::text_member("default_string", &S::default_string, 4000),
                          base::member("choices", &S::choices), base::member("at_load", &S::at_load));
    }
};

// able_descriptor, as a value, with what only samplers have.
struct ObjectDescription {
    ObjectKind kind = ObjectKind::sampler;
    std::string id, name, summary, url;
    std::vector<std::string> aliases;
    std::vector<ParamDescription> params;
    std::uint32_t flags = 0;
    std::string default_schedule; // samplers only

    static constexpr auto members() {
        using S = ObjectDescription;
        return std::tuple(base::member("kind", &S::kind), base::member("id", &S::id),
                          base::text_member("name", &S::name, 200), base::text_member("summary", &S::summary, 2000),
                          base::text_member("url", &S::url, 500), base::member("aliases", &S::aliases),
                          base::member("params", &S::params), base::member("flags", &S::flags),
                          base::member("default_schedule", &S::default_schedule));
    }
};

struct PluginDescription {
    std::string id, name, version, vendor, licence, url, engine;
    std::uint32_t abi_minor = 0, min_host_minor = 0;
    std::vector<ObjectDescription> objects;

    static constexpr auto members() {
        using S = PluginDescription;
        return std::tuple(base::member("id", &S::id), base::text_member("name", &S::name, 200),
                          base::text_member("version", &S::version, 64), base::text_member("vendor", &S::vendor, 200),
                          base::text_member("licence", &S::licence, 200), base::text_member("url", &S::url, 500),
                          base::text_member("engine", &S::engine, 200), base::member("abi_minor", &S::abi_minor),
                          base::member("min_host_minor", &S::min_host_minor), base::member("objects", &S::objects));
    }
};

// What a child answers that was to describe a plugin.
struct DescribeAnswer {
    std::string refused; // why the file is no plugin for this host; empty: it is described
    std::optional<PluginDescription> plugin;

    static constexpr auto members() {
        using S = DescribeAnswer;
        return std::tuple(base::text_member("refused", &S::refused, 2000), base::member("plugin", &S::plugin));
    }
};

// Throws base::MemberError for parameters of no known type, or whose limits cannot be.
void check_description(const PluginDescription &description);
// A description that another process sent. Throws base::MemberError for a document of another shape, too.
PluginDescription read_description(const nlohmann::json &document);

// The parameters as a JSON Schema object, for GET /samplers and the OpenAPI document.
nlohmann::json json_schema(const std::vector<ParamDescription> &params);

} // namespace able::plugins
