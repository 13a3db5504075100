// The part of the engine that runs jobs: one thread for each worker.
#include "host/server/requests/resolve.h"
#include "live_job.h"

#include "host/config/logging.h"

#include <spdlog/spdlog.h>

#include <cstdlib>

namespace able::server {

using nlohmann::json;

void Engine::work(Crew &crew) {
    while (const auto live = next(crew)) {
        Outcome outcome;
        try {
            outcome = run(*live, crew);
        } catch (const base::RequestError &error) {
            outcome = {OutcomeKind::failed, error.code(), error.what(), false};
        } catch (const std::exception &error) {
            outcome = {OutcomeKind::failed, "internal_error", error.what(), false};
        }
        finish(*live, std::move(outcome));
        const std::lock_guard lock(mutex_);
        crew.job_id.clear();
    }
}

std::shared_ptr<Engine::LiveJob> Engine::next(Crew &crew) {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock,
                      [&] { return stopping_ || crew.unload || !loads_.empty() || (!paused_ && queue_.size() > 0); });
        if (stopping_) {
            return nullptr;
        }
        if (tend_models(crew, lock)) {
            continue;
        }
        const auto live = live_.at(*queue_.take(crew.runner->loaded_models()));
        number_waiting_jobs();
        Job &job = live->job;
        job.position = 0;
        const std::string started_at = utc_now();
        try {
            store_.mark_processing(job.id, started_at);
        } catch (const std::exception &error) {
            end_job(*live, JobStatus::failed, JobError{"storage_failed", error.what()});
            continue;
        }
        job.status = JobStatus::processing;
        job.started_at = started_at;
        crew.job_id = job.id;
        events_.publish("started", job.id, progress_data(job));
        spdlog::info("event=started job={}", job.id);
        return live;
    }
}

Outcome Engine::run(LiveJob &live, Crew &crew) {
    protocol::Generate spec = live.job.spec;
    spec.first_image = finished_prefix(live.job.results);
    if (spec.first_image >= spec.batch_size) {
        return {};
    }
    // Looked at now, not when the job came: what was copied into the plugin folder since is used.
    const auto registry = environment_->refresh_registry();
    check_plugins(spec, *registry);
    Store::Pictures pictures = store_.load_pictures(spec.id);
    spec.init_image = std::move(pictures.init_image);
    spec.inpainting.mask = std::move(pictures.mask);
    Reporter reporter(*this, live);
    crew.runner->configure(config());
    return crew.runner->run(spec, *registry, reporter, live.cancel);
}

void Engine::finish(LiveJob &live, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    Job &job = live.job;
    // Who was told "cancelling" finds the job cancelled, even if its last step was quicker.
    if (job.cancel_requested) {
        return end_job(live, JobStatus::cancelled, std::nullopt);
    }
    if (!live.storage_error.empty()) {
        return end_job(live, JobStatus::failed, JobError{"storage_failed", live.storage_error});
    }
    if (stopping_ && outcome.kind != OutcomeKind::completed) {
        try {
            store_.requeue(job.id);
        } catch (const StoreError &error) {
            // It is still recorded as running, which the next start takes up just the same.
            spdlog::warn("event=requeue_not_recorded job={} error={}", job.id, config::log_value(error.what()));
        }
        job.status = JobStatus::queued;
        job.started_at.clear();
        spdlog::info("event=interrupted job={} images_done={}", job.id, job.results.size());
        return;
    }
    switch (outcome.kind) {
    case OutcomeKind::completed:
        if (finished_prefix(job.results) < job.spec.batch_size) {
            return end_job(live, JobStatus::failed,
                           JobError{"incomplete", "the worker made " + std::to_string(job.results.size()) + " of " +
                                                      std::to_string(job.spec.batch_size) +
                                                      " images and reported no error; see the log"});
        }
        return end_job(live, JobStatus::completed, std::nullopt);
    case OutcomeKind::failed:
        return end_job(live, JobStatus::failed, JobError{outcome.code, outcome.error});
    case OutcomeKind::cancelled:
        return end_job(live, JobStatus::cancelled, std::nullopt);
    }
}

void Engine::end_job(LiveJob &live, JobStatus status, std::optional<JobError> error) {
    Job &job = live.job;
    const std::string completed_at = utc_now();
    if (error && error->code.empty()) {
        error->code = "job_failed";
    }
    bool recorded = true;
    try {
        store_.finish(job.id, status, error, completed_at);
    } catch (const StoreError &problem) {
        // Cancelling a waiting job: nothing has been promised yet, so the caller is told.
        if (job.status == JobStatus::queued && status == JobStatus::cancelled) {
            throw;
        }
        recorded = false;
        spdlog::error("event=end_not_recorded job={} error={}", job.id, config::log_value(problem.what()));
    }
    job.status = status;
    job.position = 0;
    job.eta_seconds.reset();
    job.completed_at = completed_at;
    job.error = std::move(error);
    if (status == JobStatus::completed) {
        job.progress = 100;
        job.current_step = job.total_steps;
    }
    json data = progress_data(job);
    data["results"] = json::array();
    for (const Result &result : job.results) {
        data["results"].push_back(result_data(result));
    }
    data["error"] = nullptr;
    data["created_at"] = job.created_at;
    data["started_at"] = job.started_at.empty() ? json(nullptr) : json(job.started_at);
    data["completed_at"] = job.completed_at;
    if (job.error) {
        data["error"] = {{"code", job.error->code}, {"message", job.error->message}};
        spdlog::warn("event=failed job={} code={} error={}", job.id, job.error->code,
                     config::log_value(job.error->message));
    } else {
        spdlog::info("event={} job={} images={}", to_string(status), job.id, job.results.size());
    }
    events_.publish(to_string(status), job.id, std::move(data));
    // What the store does not know stays in memory for those who ask.
    if (recorded) {
        live_.erase(std::string(job.id));
    }
}

} // namespace able::server
