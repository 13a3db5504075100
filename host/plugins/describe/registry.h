// The plugins in force: an immutable snapshot that a scan makes. Names resolve here, for requests and for the worker.
#pragma once

#include "description.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::plugins {

enum class PluginState { active, refused, quarantined, shadowed };

const char *to_string(PluginState state);

// One file that was found, whatever became of it.
struct PluginFile {
    std::filesystem::path path;     // where the user put it
    std::filesystem::path snapshot; // the private copy that is loaded, so that replacing `path` harms no running job
    PluginState state = PluginState::active;
    std::string reason; // why it is not active; empty if it is
    PluginDescription description;
};

// An active object and the file it is from. Points into the registry.
struct Object {
    const PluginFile *file = nullptr;
    const ObjectDescription *description = nullptr;
};

// A sampler name as people write it: "euler_a", "Euler a", "DPM++ 2M Karras".
struct SamplerChoice {
    Object sampler;
    std::optional<Object> schedule; // set where the name carries one
};

class Registry {
public:
    Registry() = default;
    // `files` in order of precedence; marks later duplicates of a plugin id or object id as shadowed.
    explicit Registry(std::vector<PluginFile> files);
    Registry(const Registry &) = delete;
    Registry &operator=(const Registry &) = delete;

    const std::vector<PluginFile> &files() const noexcept { return files_; }
    // All active objects of a kind, in order of discovery.
    std::vector<Object> objects(ObjectKind kind) const;
    // By id or alias, case-insensitive; ids win over aliases.
    std::optional<Object> find(ObjectKind kind, std::string_view name) const;
    // As find(), and also "<sampler> <schedule>".
    std::optional<SamplerChoice> find_sampler(std::string_view name) const;
    // Ids of a kind, for error messages.
    std::vector<std::string> ids(ObjectKind kind) const;
    // Changes whenever any active plugin's file does; a worker of another fingerprint is out of date.
    const std::string &fingerprint() const noexcept { return fingerprint_; }

private:
    std::vector<PluginFile> files_;
    std::string fingerprint_;
};

// The active plugins as a document, which a worker or a child makes a PluginSet of.
nlohmann::json plugins_to_json(const Registry &registry);

} // namespace able::plugins
