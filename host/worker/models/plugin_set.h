// The plugins that a worker may use, loaded when first needed.
#pragma once

#include "host/plugins/calls/library.h"
#include "host/plugins/describe/registry.h"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace able::worker {

// What identifies the plugin an object came from, for messages and metadata.
struct Origin {
    std::string id;              // the object's
    std::string name;            // the object's
    std::string plugin;          // the plugin's id
    std::string version;         // the plugin's
    std::string path;            // where the user put it
    std::uint32_t abi_minor = 0; // that the plugin was built with
};

template <class Struct>
struct Loaded {
    const Struct *object = nullptr;
    const plugins::ObjectDescription *description = nullptr;
    Origin origin;
};

class PluginSet {
public:
    explicit PluginSet(const nlohmann::json &plugins);

    // Throws plugins::PluginError if there is none of that id, or its plugin cannot be loaded.
    Loaded<able_sampler> sampler(const std::string &id);
    Loaded<able_schedule> schedule(const std::string &id);
    Loaded<able_pipeline> pipeline(const std::string &id);
    // All of a kind. Plugins that cannot be loaded are left out; `problems` says why.
    std::vector<Loaded<able_pipeline>> pipelines(std::vector<std::string> &problems);
    std::vector<Loaded<able_adapter>> adapters(std::vector<std::string> &problems);

private:
    struct Entry {
        std::string path, snapshot;
        plugins::PluginDescription description;
        const able_plugin *plugin = nullptr;
    };

    const able_plugin &load(Entry &entry);
    template <class Struct>
    Loaded<Struct> get(Entry &entry, const plugins::ObjectDescription &description);
    template <class Struct>
    Loaded<Struct> find(plugins::ObjectKind kind, const std::string &id);
    template <class Struct>
    std::vector<Loaded<Struct>> all(plugins::ObjectKind kind, std::vector<std::string> &problems);

    std::vector<Entry> entries_;
    std::map<std::string, std::string> engines_; // name -> version of what this process holds
};

} // namespace able::worker
