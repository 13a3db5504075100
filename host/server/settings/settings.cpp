#include "settings.h"

#include "host/base/atomic_file.h"
#include "host/base/request_error.h"
#include "host/base/whole_number.h"
#include "host/config/changes.h"
#include "host/config/error.h"
#include "host/config/keys.h"
#include "host/config/logging.h"
#include "host/config/values.h"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace able::server {
namespace {

using nlohmann::json;

constexpr unsigned for_the_owner = 0600; // a token may be among the changes

std::vector<std::string> live_keys() {
    std::vector<std::string> names;
    for (const config::Key &key : config::keys()) {
        if (key.live) {
            names.emplace_back(key.name);
        }
    }
    return names;
}

const config::Key &live_key(const std::string &name) {
    const config::Key *key = config::find_key(name);
    if (key == nullptr) {
        throw base::RequestError(base::ErrorKind::invalid, "unknown_field",
                                 "there is no key \"" + name.substr(0, 100) + "\"", name, live_keys());
    }
    if (!key->live) {
        throw base::RequestError(
            base::ErrorKind::invalid, "needs_restart",
            name + " cannot be changed while the server runs: set it in the configuration and start the "
                   "server again",
            name, live_keys());
    }
    return *key;
}

// As it would be written in the file.
std::string text_of(const std::string &name, const json &value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_number() || value.is_boolean()) {
        return base::whole_if_integral(value).dump();
    }
    throw base::RequestError(
        base::ErrorKind::invalid, "wrong_type",
        name + " must be a string, a number, true or false; null takes it back to what is configured", name);
}

void change_key(config::Loaded &loaded, const config::Key &key, const json &value) {
    const std::string name(key.name);
    if (value.is_null()) {
        config::copy_value(key, loaded.configured, loaded.config);
        const auto origin = loaded.configured_origins.find(name);
        loaded.origins[name] = origin == loaded.configured_origins.end() ? "default" : origin->second;
        loaded.changed.erase(name);
        return;
    }
    const std::string text = text_of(name, value);
    try {
        config::set_value(key, loaded.config, text);
    } catch (const config::ConfigError &error) {
        throw base::RequestError(base::ErrorKind::invalid, "invalid_value", name + ": " + error.what(), name);
    }
    loaded.changed.insert(name);
    if (!loaded.overridden.contains(name)) {
        loaded.origins[name] = loaded.changes_file.filename().string();
    }
}

// Returns why not; empty if they are kept.
std::string keep(const config::Loaded &loaded) {
    const std::filesystem::path &file = loaded.changes_file;
    if (file.empty()) {
        return "the server has no folder for its configuration: start it with --config, or with HOME set";
    }
    try {
        if (loaded.changed.empty()) {
            std::filesystem::remove(file);
            return {};
        }
        std::filesystem::create_directories(file.parent_path());
        const std::string text = config::changes_text(loaded);
        base::write_file_atomically(file, std::as_bytes(std::span(text)), for_the_owner);
    } catch (const std::exception &error) {
        spdlog::warn("event=config_not_kept error={}", config::log_value(error.what()));
        return error.what();
    }
    return {};
}

} // namespace

Settings::Settings(config::Loaded loaded, Listener listener)
    : listener_(std::move(listener)), current_(std::move(loaded)) {}

config::Config Settings::config() const {
    const std::lock_guard lock(current_mutex_);
    return current_.config;
}

config::Loaded Settings::configuration() const {
    const std::lock_guard lock(current_mutex_);
    return current_;
}

std::string Settings::change(const json &changes) {
    if (!changes.is_object() || changes.empty()) {
        throw base::RequestError(base::ErrorKind::invalid, "wrong_type",
                                 "send an object such as {\"logging.level\": \"debug\"}");
    }
    const std::lock_guard one_at_a_time(change_mutex_);
    config::Loaded next = configuration();
    for (const auto &[name, value] : changes.items()) {
        change_key(next, live_key(name), value);
    }
    {
        const std::lock_guard lock(current_mutex_);
        current_ = next;
    }
    spdlog::set_level(spdlog::level::from_str(next.config.logging.level));
    for (const auto &[name, value] : changes.items()) {
        const bool secret = config::find_key(name)->secret;
        spdlog::info("event=config_changed key={} value={}", name,
                     config::log_value(secret ? std::string("(secret)") : value.dump()));
    }
    std::string problem = keep(next);
    if (listener_) {
        listener_(next.config);
    }
    return problem;
}

} // namespace able::server
