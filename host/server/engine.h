// The parts of the server behind the API, and what each is given of the others.
#pragma once

#include "catalogue/models.h"
#include "gallery/gallery.h"
#include "queue/environment.h"
#include "queue/events.h"
#include "queue/queue.h"
#include "settings/settings.h"
#include "stores.h"

#include "host/config/load.h"

#include <memory>

namespace able::server {

class Engine {
public:
    // Opens the store. Throws StoreError.
    Engine(config::Loaded loaded, std::unique_ptr<Environment> environment);
    // With a configuration of no file: changes of it are not kept.
    Engine(const config::Config &config, std::unique_ptr<Environment> environment);
    ~Engine();
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    // Takes up unfinished jobs and begins to work; returns at once.
    void start();
    // Interrupts running jobs, which wait in the store for the next start; returns when all workers are gone.
    void stop();

    Settings &settings() noexcept { return settings_; }
    EventBus &events() noexcept { return events_; }
    Queue &queue() noexcept { return queue_; }
    Gallery &gallery() noexcept { return gallery_; }
    Models &models() noexcept { return models_; }

private:
    // In the order in which they need each other.
    const std::unique_ptr<Environment> environment_;
    Settings settings_;
    Stores stores_;
    EventBus events_;
    Queue queue_;
    Gallery gallery_;
    Models models_;
    bool running_ = false;
};

} // namespace able::server
