#include "library.h"

#include <boost/dll/shared_library.hpp>

#include <deque>
#include <mutex>

namespace able::plugins {

namespace {

// Handles are kept for the life of the process: a library's destructors run at no point of the host's choosing.
boost::dll::shared_library &keep(boost::dll::shared_library library) {
    static std::mutex mutex;
    static std::deque<boost::dll::shared_library> *libraries = new std::deque<boost::dll::shared_library>;
    const std::lock_guard lock(mutex);
    libraries->push_back(std::move(library));
    return libraries->back();
}

} // namespace

const able_plugin *load_plugin(const std::filesystem::path &file) {
    boost::dll::shared_library library;
    // rtld_now: a missing symbol is an error here, with a name, not a crash in the middle of a job.
    try {
        library.load(boost::dll::fs::path(file.string()),
                     boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    } catch (const std::exception &exception) {
        throw PluginError(std::string("cannot be loaded: ") + exception.what());
    }
    if (!library.has(ABLE_ENTRY_SYMBOL)) {
        throw PluginError("exports no " ABLE_ENTRY_SYMBOL "; it is not an AbleRefusal plugin of ABI 1");
    }
    auto &kept = keep(std::move(library));
    const auto entry = kept.get<const able_plugin *()>(ABLE_ENTRY_SYMBOL);
    const able_plugin *plugin = entry();
    if (plugin == nullptr) {
        throw PluginError(ABLE_ENTRY_SYMBOL " returned NULL");
    }
    if (!ABLE_HAS(plugin, get_factory) || plugin->get_factory == nullptr) {
        throw PluginError("its able_plugin has no get_factory; build it against the released SDK");
    }
    if (plugin->min_host_minor > ABLE_ABI_MINOR) {
        throw PluginError("needs a host of ABI 1." + std::to_string(plugin->min_host_minor) + ", this one has 1." +
                          std::to_string(ABLE_ABI_MINOR) +
                          "; update AbleRefusal or use an older release of the plugin");
    }
    return plugin;
}

} // namespace able::plugins
