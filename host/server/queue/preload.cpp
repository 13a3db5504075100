// Models in memory without a job: asked for beforehand, or let go.
#include "host/base/request_error.h"
#include "live_job.h"

#include "host/config/logging.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace able::server {
namespace {

using nlohmann::json;

class NoSink : public JobSink {
public:
    void phase(const protocol::Phase & /*phase*/) override {}
    void step(const protocol::Step & /*step*/) override {}
    void image(const protocol::ImageDone & /*image*/) override {}
};

bool holds(const Runner &runner, std::string_view model) {
    const auto loaded = runner.loaded_models();
    return std::find(loaded.begin(), loaded.end(), model) != loaded.end();
}

} // namespace

void Queue::load(protocol::Load load) {
    const std::lock_guard lock(mutex_);
    const bool loaded = std::any_of(crews_.begin(), crews_.end(),
                                    [&](const auto &crew) { return holds(*crew->runner, load.model_id); });
    const bool asked =
        std::any_of(loads_.begin(), loads_.end(), [&](const auto &other) { return other.model_id == load.model_id; });
    if (!loaded && !asked) {
        loads_.push_back(std::move(load));
        changed_.notify_all();
    }
}

void Queue::unload(std::string_view model) {
    const std::lock_guard lock(mutex_);
    bool found = false;
    for (const auto &crew : crews_) {
        if (holds(*crew->runner, model)) {
            crew->unload = found = true;
        }
    }
    if (!found) {
        throw base::RequestError(base::ErrorKind::conflict, "not_loaded",
                                 "no worker has \"" + std::string(model.substr(0, 200)) + "\" in memory", "model");
    }
    changed_.notify_all();
}

bool Queue::tend_models(Crew &crew, std::unique_lock<std::mutex> &lock) {
    if (crew.unload) {
        crew.unload = false;
        const auto models = crew.runner->loaded_models();
        lock.unlock();
        crew.runner->shut_down();
        for (const std::string &model : models) {
            spdlog::info("event=unloaded model={}", config::log_value(model));
            events_.publish("model", "", {{"model", model}, {"loaded", false}, {"error", nullptr}});
        }
        lock.lock();
        return true;
    }
    if (loads_.empty()) {
        return false;
    }
    const protocol::Load load = std::move(loads_.front());
    loads_.pop_front();
    const auto cancel = crew.loading = std::make_shared<CancelToken>();
    lock.unlock();
    Outcome outcome;
    try {
        const auto registry = environment_.refresh_registry();
        NoSink sink;
        crew.runner->configure(settings_.config());
        outcome = crew.runner->run({"", load}, *registry, sink, *cancel);
    } catch (const std::exception &error) {
        outcome = {OutcomeKind::failed, "internal_error", error.what(), false};
    }
    const bool loaded = outcome.kind == OutcomeKind::completed;
    spdlog::log(loaded ? spdlog::level::info : spdlog::level::warn, "event={} model={} error={}",
                loaded ? "loaded" : "not_loaded", config::log_value(load.model_id), config::log_value(outcome.error));
    events_.publish("model", "",
                    {{"model", load.model_id},
                     {"loaded", loaded},
                     {"error", outcome.error.empty() ? json(nullptr) : json(outcome.error)}});
    lock.lock();
    crew.loading.reset();
    return true;
}

} // namespace able::server
