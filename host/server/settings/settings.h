// Configuration, and the keys of it that may be changed while the server runs.
#pragma once

#include "host/config/load.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <mutex>
#include <string>

namespace able::server {

// Thread-safe.
class Settings {
public:
    // Told what is in force after a change, one change at a time.
    using Listener = std::function<void(const config::Config &)>;

    explicit Settings(config::Loaded loaded, Listener listener = {});
    Settings(const Settings &) = delete;
    Settings &operator=(const Settings &) = delete;

    // What is in force.
    config::Config config() const;
    // The same, with where it came from.
    config::Loaded configuration() const;
    // Changes keys that may be changed while the server runs, all of them or none: {"logging.level": "debug"}; null
    // takes a key back to what the configuration says. Throws RequestError that names the key. Returns why the file of
    // changes could not be written; empty if it was.
    std::string change(const nlohmann::json &changes);

private:
    const Listener listener_;
    std::mutex change_mutex_; // one change at a time
    mutable std::mutex current_mutex_;
    config::Loaded current_;
};

} // namespace able::server
