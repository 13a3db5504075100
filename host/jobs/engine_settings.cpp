// Configuration that may be changed while the server runs.
#include "engine.h"
#include "error.h"

#include "host/config/error.h"
#include "host/config/keys.h"
#include "host/config/logging.h"
#include "host/config/values.h"

#include <spdlog/spdlog.h>

namespace able::jobs {
namespace {

using nlohmann::json;

std::vector<std::string> live_keys() {
    std::vector<std::string> names;
    for (const config::Key &key : config::keys()) {
        if (key.live) {
            names.emplace_back(key.name);
        }
    }
    return names;
}

// As it would be written in the file.
std::string text_of(const std::string &name, const json &value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_number() || value.is_boolean()) {
        return value.dump();
    }
    throw RequestError(ErrorKind::invalid, "wrong_type", name + " must be a string, a number, true or false", name);
}

} // namespace

config::Config Engine::config() const {
    const std::lock_guard lock(current_mutex_);
    return current_;
}

void Engine::change_config(const json &changes) {
    if (!changes.is_object() || changes.empty()) {
        throw RequestError(ErrorKind::invalid, "wrong_type", "send an object such as {\"logging.level\": \"debug\"}");
    }
    const std::lock_guard lock(current_mutex_);
    config::Config next = current_;
    for (const auto &[name, value] : changes.items()) {
        const config::Key *key = config::find_key(name);
        if (key == nullptr || !key->live) {
            throw RequestError(ErrorKind::invalid, key == nullptr ? "unknown_field" : "needs_restart",
                               key == nullptr ? "there is no key \"" + name.substr(0, 100) + "\""
                                              : name + " cannot be changed while the server runs: set it in the "
                                                       "configuration and start the server again",
                               name, live_keys());
        }
        try {
            config::set_value(*key, next, text_of(name, value));
        } catch (const config::ConfigError &error) {
            throw RequestError(ErrorKind::invalid, "invalid_value", name + ": " + error.what(), name);
        }
    }
    current_ = std::move(next);
    spdlog::set_level(spdlog::level::from_str(current_.logging.level));
    for (const auto &[name, value] : changes.items()) {
        spdlog::info("event=config_changed key={} value={}", name, config::log_value(value.dump()));
    }
}

} // namespace able::jobs
