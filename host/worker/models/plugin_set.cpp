#include "plugin_set.h"

namespace able::worker {

PluginSet::PluginSet(const nlohmann::json &plugins) {
    for (const auto &plugin : plugins) {
        Entry entry;
        plugin.at("path").get_to(entry.path);
        plugin.at("snapshot").get_to(entry.snapshot);
        entry.description = plugins::read_description(plugin.at("description"));
        entries_.push_back(std::move(entry));
    }
}

const able_plugin &PluginSet::load(Entry &entry) {
    if (entry.plugin != nullptr) {
        return *entry.plugin;
    }
    const std::string &engine = entry.description.engine;
    if (!engine.empty()) {
        // Two copies of such a library in one process crash it.
        const auto slash = engine.find('/');
        const auto [held, is_new] = engines_.emplace(engine.substr(0, slash), engine);
        if (!is_new && held->second != engine) {
            throw plugins::PluginError("plugin " + entry.description.id + " needs " + engine +
                                       ", but this worker already holds " + held->second +
                                       "; use plugins built with the same one");
        }
    }
    try {
        entry.plugin = plugins::load_plugin(entry.snapshot);
    } catch (const plugins::PluginError &error) {
        throw plugins::PluginError("plugin " + entry.description.id + " (" + entry.path + ") " + error.what());
    }
    return *entry.plugin;
}

template <class Struct>
Loaded<Struct> PluginSet::get(Entry &entry, const plugins::ObjectDescription &description) {
    const Struct *object = plugins::find_object<Struct>(load(entry), description.kind.row().factory_id, description.id);
    if (object == nullptr) {
        throw plugins::PluginError("plugin " + entry.description.id + " (" + entry.path + ") no longer offers " +
                                   plugins::to_string(description.kind) + " '" + description.id + "'");
    }
    return {object,
            &description,
            {description.id, description.name, entry.description.id, entry.description.version, entry.path,
             entry.description.abi_minor}};
}

template <class Struct>
Loaded<Struct> PluginSet::find(plugins::ObjectKind kind, const std::string &id) {
    for (auto &entry : entries_) {
        for (const auto &description : entry.description.objects) {
            if (description.kind == kind && description.id == id) {
                return get<Struct>(entry, description);
            }
        }
    }
    throw plugins::PluginError(std::string("there is no ") + plugins::to_string(kind) + " '" + id +
                               "' any more; its plugin was removed after the job was accepted");
}

template <class Struct>
std::vector<Loaded<Struct>> PluginSet::all(plugins::ObjectKind kind, std::vector<std::string> &problems) {
    std::vector<Loaded<Struct>> out;
    for (auto &entry : entries_) {
        for (const auto &description : entry.description.objects) {
            if (description.kind != kind) {
                continue;
            }
            try {
                out.push_back(get<Struct>(entry, description));
            } catch (const plugins::PluginError &error) {
                problems.emplace_back(error.what());
            }
        }
    }
    return out;
}

Loaded<able_sampler> PluginSet::sampler(const std::string &id) {
    return find<able_sampler>(plugins::ObjectKind::sampler, id);
}

Loaded<able_schedule> PluginSet::schedule(const std::string &id) {
    return find<able_schedule>(plugins::ObjectKind::schedule, id);
}

Loaded<able_pipeline> PluginSet::pipeline(const std::string &id) {
    return find<able_pipeline>(plugins::ObjectKind::pipeline, id);
}

std::vector<Loaded<able_pipeline>> PluginSet::pipelines(std::vector<std::string> &problems) {
    return all<able_pipeline>(plugins::ObjectKind::pipeline, problems);
}

std::vector<Loaded<able_adapter>> PluginSet::adapters(std::vector<std::string> &problems) {
    return all<able_adapter>(plugins::ObjectKind::adapter, problems);
}

} // namespace able::worker
