#include "engine.h"

#include <filesystem>
#include <system_error>
#include <utility>

namespace able::server {
namespace {

std::filesystem::path store_file(const config::Config &config) {
    return config.queue.store.empty() ? config.storage.output_dir / "jobs.sqlite" : config.queue.store;
}

config::Loaded without_file(const config::Config &config) {
    config::Loaded loaded;
    loaded.configured = loaded.config = config;
    return loaded;
}

} // namespace

Engine::Engine(config::Loaded loaded, std::unique_ptr<Environment> environment)
    : environment_(std::move(environment)), settings_(std::move(loaded),
                                                      [this](const config::Config &config) {
                                                          queue_.set_limits(config);
                                                          environment_->configure(config);
                                                      }),
      stores_(open_stores(store_file(settings_.config()))), queue_(*stores_.jobs, *environment_, settings_, events_),
      gallery_(*stores_.images, settings_.config().storage.output_dir,
               [this](std::string_view job) { return queue_.is_unfinished(job); }),
      models_(*environment_, settings_, queue_) {}

Engine::Engine(const config::Config &config, std::unique_ptr<Environment> environment)
    : Engine(without_file(config), std::move(environment)) {}

Engine::~Engine() {
    stop();
}

void Engine::start() {
    std::error_code error;
    std::filesystem::create_directories(settings_.config().storage.output_dir, error);
    environment_->start();
    running_ = true;
    queue_.start();
    gallery_.empty_trash();
}

void Engine::stop() {
    if (!std::exchange(running_, false)) {
        return;
    }
    queue_.interrupt();
    environment_->stop(); // first: a worker's thread may be waiting for it
    queue_.stop();
    events_.close();
}

} // namespace able::server
