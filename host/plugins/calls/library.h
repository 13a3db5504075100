// Opens a plugin file in this process. Only worker processes call this.
#pragma once

#include "host/plugins/describe/description.h"

#include <ablerefusal/ablerefusal.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace able::plugins {

// A file is not a plugin that this host can use. what() says why, for the user.
class PluginError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Loads `file` and checks its versions and structs. The library stays loaded for the life of the process: nothing is
// ever dlclosed. Throws PluginError.
const able_plugin *load_plugin(const std::filesystem::path &file);

// Copies what the plugin says of itself, checking every field. Throws PluginError naming the rule that is broken.
PluginDescription describe(const able_plugin &plugin);

// The object `id` of a loaded plugin; nullptr if there is none. `Struct` is able_sampler, able_schedule, ….
template <class Struct>
const Struct *find_object(const able_plugin &plugin, const char *factory_id, const std::string &id) {
    const able_factory *factory = plugin.get_factory(factory_id);
    if (factory == nullptr || factory->at == nullptr) {
        return nullptr;
    }
    for (std::uint32_t i = 0; i < factory->count; ++i) {
        const auto *object = static_cast<const Struct *>(factory->at(i));
        if (object != nullptr && object->descriptor != nullptr && object->descriptor->id != nullptr &&
            id == object->descriptor->id) {
            return object;
        }
    }
    return nullptr;
}

} // namespace able::plugins
