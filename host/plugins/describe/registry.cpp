#include "registry.h"

#include "host/base/ascii.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace able::plugins {

namespace {

bool answers_to(const ObjectDescription &object, const std::string &folded_name) {
    return base::lower(object.name) == folded_name ||
           std::any_of(object.aliases.begin(), object.aliases.end(),
                       [&](const std::string &alias) { return base::lower(alias) == folded_name; });
}

// The first plugin of an id wins, and so does the first object of a kind and id; both paths are told.
void resolve_duplicates(std::vector<PluginFile> &files) {
    std::map<std::string, std::string> plugins;
    std::map<std::pair<ObjectKind, std::string>, std::string> objects;
    for (auto &file : files) {
        if (file.state != PluginState::active) {
            continue;
        }
        const auto [first, is_new] = plugins.emplace(file.description.id, file.path.string());
        if (!is_new) {
            file.state = PluginState::shadowed;
            file.reason = "plugin id '" + file.description.id + "' is already taken by " + first->second +
                          ", which comes earlier in the search order";
            continue;
        }
        std::erase_if(file.description.objects, [&](const ObjectDescription &object) {
            const auto [owner, added] = objects.emplace(std::pair(object.kind, object.id), file.path.string());
            if (!added) {
                file.reason += (file.reason.empty() ? "" : "; ") + std::string(to_string(object.kind)) + " '" +
                               object.id + "' is left out: " + owner->second + " has one of that id already";
            }
            return !added;
        });
    }
}

} // namespace

const char *to_string(PluginState state) {
    switch (state) {
    case PluginState::active:
        return "active";
    case PluginState::refused:
        return "refused";
    case PluginState::quarantined:
        return "quarantined";
    case PluginState::shadowed:
        return "shadowed";
    }
    return "unknown";
}

Registry::Registry(std::vector<PluginFile> files) : files_(std::move(files)) {
    resolve_duplicates(files_);
    for (const auto &file : files_) {
        if (file.state == PluginState::active) {
            fingerprint_ += file.snapshot.string() + "\n";
        }
    }
}

std::vector<Object> Registry::objects(ObjectKind kind) const {
    std::vector<Object> out;
    for (const auto &file : files_) {
        if (file.state != PluginState::active) {
            continue;
        }
        for (const auto &object : file.description.objects) {
            if (object.kind == kind) {
                out.push_back({&file, &object});
            }
        }
    }
    return out;
}

std::optional<Object> Registry::find(ObjectKind kind, std::string_view name) const {
    const auto all = objects(kind);
    const std::string wanted = base::lower(name);
    for (const auto &object : all) {
        if (object.description->id == wanted) {
            return object;
        }
    }
    for (const auto &object : all) {
        if (answers_to(*object.description, wanted)) {
            return object;
        }
    }
    return std::nullopt;
}

std::optional<SamplerChoice> Registry::find_sampler(std::string_view name) const {
    if (const auto sampler = find(ObjectKind::sampler, name)) {
        return SamplerChoice{*sampler, std::nullopt};
    }
    // "DPM++ 2M Karras", "DPM++ 2M SGM Uniform": try every split, the longest sampler name first.
    for (auto space = name.rfind(' '); space != std::string_view::npos && space > 0;
         space = name.rfind(' ', space - 1)) {
        const auto sampler = find(ObjectKind::sampler, name.substr(0, space));
        const auto schedule = find(ObjectKind::schedule, name.substr(space + 1));
        if (sampler && schedule) {
            return SamplerChoice{*sampler, *schedule};
        }
    }
    return std::nullopt;
}

std::vector<std::string> Registry::ids(ObjectKind kind) const {
    std::vector<std::string> out;
    for (const auto &object : objects(kind)) {
        out.push_back(object.description->id);
    }
    return out;
}

nlohmann::json plugins_to_json(const Registry &registry) {
    nlohmann::json out = nlohmann::json::array();
    for (const auto &file : registry.files()) {
        if (file.state == PluginState::active) {
            out.push_back({{"path", file.path.string()},
                           {"snapshot", file.snapshot.string()},
                           {"description", base::to_document(file.description)}});
        }
    }
    return out;
}

} // namespace able::plugins
