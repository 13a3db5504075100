#include "discovery.h"

#include "scanner.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <sstream>

namespace able::plugins {

namespace fs = std::filesystem;

namespace {

fs::path from_environment(const char *name, const fs::path &fallback) {
    const char *value = std::getenv(name);
    return value != nullptr && *value != '\0' ? fs::path(value) : fallback;
}

void log_changes(const Registry &before, const Registry &now) {
    if (before.fingerprint() == now.fingerprint() && before.files().size() == now.files().size()) {
        return;
    }
    for (const auto &file : now.files()) {
        if (file.state == PluginState::active) {
            spdlog::info("event=plugin state=active id={} version={} file=\"{}\"", file.description.id,
                         file.description.version, file.path.string());
            continue;
        }
        spdlog::warn("event=plugin state={} file=\"{}\" reason=\"{}\"", to_string(file.state), file.path.string(),
                     file.reason);
    }
}

} // namespace

std::vector<fs::path> plugin_folders(const std::vector<fs::path> &explicit_folders, const fs::path &executable) {
    std::vector<fs::path> folders = explicit_folders;
    if (const char *list = std::getenv("ABLEREFUSAL_PLUGIN_PATH")) {
        std::istringstream parts(list);
        for (std::string part; std::getline(parts, part, ':');) {
            if (!part.empty()) {
                folders.emplace_back(part);
            }
        }
    }
    const fs::path home = from_environment("HOME", "/");
    folders.push_back(from_environment("XDG_DATA_HOME", home / ".local/share") / "ablerefusal/plugins");
    folders.emplace_back("/usr/local/lib/ablerefusal/plugins");
    folders.emplace_back("/usr/lib/ablerefusal/plugins");
    const fs::path beside = executable.parent_path() / "plugins";
    const fs::path installed = executable.parent_path().parent_path() / "lib/ablerefusal/plugins";
    folders.push_back(fs::exists(beside) ? beside : installed);
    // An installed program's own folder may be the system's: it stays last, where bundled plugins are looked for.
    const fs::path bundled = folders.back();
    std::erase_if(folders, [&](const fs::path &folder) { return folder == bundled; });
    folders.push_back(bundled);
    return folders;
}

Discovery::Discovery(DiscoveryOptions options)
    : options_(std::move(options)), scanner_(std::make_unique<Scanner>(options_)) {}

Discovery::~Discovery() {
    stop();
}

void Discovery::start() {
    if (!thread_.joinable()) {
        thread_ = std::thread([this] { run(); });
    }
}

void Discovery::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Discovery::run() {
    refresh();
    while (options_.poll_interval.count() > 0) {
        {
            std::unique_lock lock(mutex_);
            if (changed_.wait_for(lock, options_.poll_interval, [this] { return stopping_; })) {
                return;
            }
        }
        refresh();
    }
}

std::shared_ptr<const Registry> Discovery::refresh() {
    const std::lock_guard scan_lock(scan_mutex_);
    auto registry = std::make_shared<const Registry>(scanner_->scan());
    {
        const std::lock_guard lock(mutex_);
        if (!registry_) {
            registry_ = std::make_shared<const Registry>();
        }
        log_changes(*registry_, *registry);
        registry_ = registry;
    }
    changed_.notify_all();
    return registry;
}

std::shared_ptr<const Registry> Discovery::current() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return registry_ != nullptr || stopping_; });
    return registry_ ? registry_ : std::make_shared<const Registry>();
}

bool Discovery::ready() const {
    const std::lock_guard lock(mutex_);
    return registry_ != nullptr;
}

} // namespace able::plugins
