#include "library.h"

#include "host/plugins/describe/param_type.h"

#include <algorithm>
#include <set>

namespace able::plugins {

namespace {

// Far more than any plugin needs; a count past it is a broken struct, not a rich plugin.
constexpr std::uint32_t max_items = 1024;

bool is_identifier(const std::string &text) {
    return !text.empty() && text.size() <= 64 && text[0] >= 'a' && text[0] <= 'z' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::string required(const char *text, const std::string &what) {
    if (text == nullptr || *text == '\0') {
        throw PluginError(what + " is missing");
    }
    return text;
}

std::string optional(const char *text) {
    return text == nullptr ? std::string() : std::string(text);
}

ParamDescription describe_param(const able_param *param, const std::string &object) {
    if (param == nullptr || !ABLE_HAS(param, flags)) {
        throw PluginError(object + ": a parameter is NULL or its struct_size is too small");
    }
    ParamDescription out;
    out.key = required(param->key, object + ": a parameter's key");
    const std::string where = object + ", parameter '" + out.key + "'";
    if (!is_identifier(out.key)) {
        throw PluginError(where + ": the key must match [a-z][a-z0-9_]*");
    }
    const ParamType *type = find_param_type(param->type);
    if (type == nullptr) {
        throw PluginError(where + ": type " + std::to_string(param->type) + " is not an ABLE_PARAM_ constant");
    }
    out.type = param->type;
    out.label = param->label == nullptr ? out.key : param->label;
    out.help = optional(param->help);
    out.group = optional(param->group);
    out.unit = optional(param->unit);
    out.minimum = param->minimum;
    out.maximum = param->maximum;
    out.default_number = param->default_number;
    out.step = param->step;
    out.default_string = optional(param->default_string);
    if (type->has_choices) {
        if (param->choices == nullptr || param->choice_count == 0 || param->choice_count > max_items) {
            throw PluginError(where + ": an enum needs 1 to 1024 choices");
        }
        for (std::uint32_t i = 0; i < param->choice_count; ++i) {
            out.choices.push_back(required(param->choices[i], where + ": a choice"));
        }
    }
    out.at_load = (param->flags & ABLE_PARAM_AT_LOAD) != 0;
    if (const std::string fault = type->fault(out); !fault.empty()) {
        throw PluginError(where + ": " + fault);
    }
    return out;
}

ObjectDescription describe_object(ObjectKind kind, const able_descriptor *descriptor) {
    const std::string noun = to_string(kind);
    if (descriptor == nullptr || !ABLE_HAS(descriptor, param_count)) {
        throw PluginError("a " + noun + "'s descriptor is NULL or its struct_size is too small");
    }
    ObjectDescription out;
    out.kind = kind;
    out.id = required(descriptor->id, "a " + noun + "'s id");
    const std::string where = noun + " '" + out.id + "'";
    if (!is_identifier(out.id)) {
        throw PluginError(where + ": the id must match [a-z][a-z0-9_]*");
    }
    out.name = required(descriptor->name, where + ": its name");
    out.summary = optional(descriptor->summary);
    out.url = optional(descriptor->url);
    out.flags = descriptor->flags;
    if (descriptor->alias_count > max_items || descriptor->param_count > max_items ||
        (descriptor->alias_count > 0 && descriptor->aliases == nullptr) ||
        (descriptor->param_count > 0 && descriptor->params == nullptr)) {
        throw PluginError(where + ": its aliases or parameters are counted but not there");
    }
    for (std::uint32_t i = 0; i < descriptor->alias_count; ++i) {
        out.aliases.push_back(required(descriptor->aliases[i], where + ": an alias"));
    }
    std::set<std::string> keys;
    for (std::uint32_t i = 0; i < descriptor->param_count; ++i) {
        out.params.push_back(describe_param(descriptor->params[i], where));
        if (!keys.insert(out.params.back().key).second) {
            throw PluginError(where + ": parameter '" + out.params.back().key + "' is declared twice");
        }
    }
    return out;
}

// What every object begins with.
struct Described {
    std::uint32_t struct_size;
    const able_descriptor *descriptor;
};

// Checks what a factory hands out and appends its descriptions.
void describe_factory(const able_plugin &plugin, ObjectKind kind, std::vector<ObjectDescription> &out) {
    const KindRow &row = kind.row();
    const able_factory *factory = plugin.get_factory(row.factory_id);
    if (factory == nullptr) {
        return;
    }
    const std::string noun = row.name;
    if (!ABLE_HAS(factory, at) || factory->at == nullptr || factory->count > max_items) {
        throw PluginError("its " + noun + " factory is malformed");
    }
    for (std::uint32_t i = 0; i < factory->count; ++i) {
        const void *object = factory->at(i);
        if (object == nullptr) {
            throw PluginError("its " + noun + " factory returns NULL for index " + std::to_string(i));
        }
        if (!row.complete(object)) {
            throw PluginError("its " + noun + " number " + std::to_string(i) + " lacks a function");
        }
        out.push_back(describe_object(kind, static_cast<const Described *>(object)->descriptor));
        if (row.describe != nullptr) {
            row.describe(object, out.back());
        }
    }
}

// "sampler, schedule, … or adapter"
std::string kinds_in_words() {
    std::string words;
    const auto kinds = object_kinds();
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        words += (i == 0 ? "" : i + 1 == kinds.size() ? " or " : ", ") + std::string(kinds[i].name);
    }
    return words;
}

} // namespace

PluginDescription describe(const able_plugin &plugin) {
    PluginDescription out;
    out.id = required(plugin.id, "able_plugin.id");
    out.name = required(plugin.name, "able_plugin.name");
    out.version = required(plugin.version, "able_plugin.version");
    out.vendor = optional(plugin.vendor);
    out.licence = optional(plugin.licence);
    out.url = optional(plugin.url);
    out.engine = optional(plugin.engine);
    out.abi_minor = plugin.abi_minor;
    out.min_host_minor = plugin.min_host_minor;
    for (const KindRow &row : object_kinds()) {
        describe_factory(plugin, kind_called(row.name), out.objects);
    }
    if (out.objects.empty()) {
        throw PluginError("offers nothing: no " + kinds_in_words());
    }
    return out;
}

} // namespace able::plugins
