#include "local_host.h"

#include "executable.h"

#include "host/config/logging.h"
#include "host/server/queue/environment.h"

#include <iostream>

namespace able::app {

LocalHost::LocalHost(const config::Config &config) : config_(config) {}

LocalHost::~LocalHost() {
    catalogue_.reset(); // it asks for the plugins
    if (discovery_) {
        discovery_->stop();
    }
}

std::shared_ptr<const plugins::Registry> LocalHost::registry() {
    if (!discovery_) {
        plugins::DiscoveryOptions options = server::discovery_options(config_, executable_path());
        options.poll_interval = std::chrono::milliseconds(0); // nobody waits for changes
        discovery_ = std::make_unique<plugins::Discovery>(std::move(options));
        discovery_->start();
    }
    return discovery_->current();
}

std::shared_ptr<const server::Catalogue> LocalHost::catalogue(const server::CatalogueRoots &roots) {
    registry();
    catalogue_ = std::make_unique<server::CatalogueService>(
        roots, executable_path(), [this] { return registry(); }, server::catalogue_cache(config_), config_.inference);
    catalogue_->start();
    return catalogue_->current();
}

std::shared_ptr<const server::Catalogue> LocalHost::catalogue() {
    return catalogue(server::catalogue_roots(config_, executable_path()));
}

ListOptions::ListOptions(CLI::App &command)
    : options(command, {"storage.models_dir", "plugins.paths", "logging.level"}) {
    command.add_flag("--json", json, "Print JSON, for programs");
}

config::Loaded ListOptions::load() const {
    config::Loaded loaded = options.load();
    set_up_quiet_logging(loaded, "error");
    return loaded;
}

void set_up_quiet_logging(const config::Loaded &loaded, const char *level) {
    config::Logging logging = loaded.config.logging;
    if (loaded.origins.at("logging.level") == "default") {
        logging.level = level;
    }
    config::set_up_logging(logging);
    for (const std::string &warning : loaded.warnings) {
        std::cerr << "ablerefusal: " << warning << '\n';
    }
}

} // namespace able::app
