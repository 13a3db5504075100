// The part of the queue that runs jobs: one thread for each worker.
#include "host/server/requests/resolve.h"
#include "job_json.h"
#include "live_job.h"

#include "host/config/logging.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>

namespace able::server {
namespace {

// Has the task go on where `done` images exist already; false if nothing is left to do.
bool resume(protocol::Generate &generate, std::uint32_t done) {
    generate.first_image = done;
    return done < generate.batch_size;
}
bool resume(protocol::Load & /*load*/, std::uint32_t /*done*/) {
    return true;
}

} // namespace

void Queue::run_jobs(Crew &crew) {
    while (const auto live = next(crew)) {
        Outcome outcome;
        try {
            outcome = run(*live, crew);
        } catch (const base::RequestError &error) {
            outcome = {OutcomeKind::failed, error.code(), error.what(), false};
        } catch (const std::exception &error) {
            outcome = {OutcomeKind::failed, "internal_error", error.what(), false};
        }
        finish(*live, outcome);
        const std::lock_guard lock(mutex_);
        crew.job_id.clear();
    }
}

std::shared_ptr<Queue::LiveJob> Queue::next(Crew &crew) {
    std::unique_lock lock(mutex_);
    for (;;) {
        while (!stopping_ && !crew.unload && loads_.empty() &&
               (paused_ || order_.due() > std::chrono::steady_clock::now())) {
            const auto due = paused_ ? JobOrder::Time::max() : order_.due();
            if (due == JobOrder::Time::max()) {
                changed_.wait(lock);
            } else {
                changed_.wait_until(lock, due);
            }
        }
        if (stopping_) {
            return nullptr;
        }
        if (tend_models(crew, lock)) {
            continue;
        }
        const auto id = order_.take(crew.runner->loaded_models());
        if (!id) {
            continue;
        }
        auto live = live_.at(*id);
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
        ++job.attempts;
        crew.job_id = job.id;
        events_.publish("started", job.id, progress_json(job));
        spdlog::info("event=started job={}", job.id);
        return live;
    }
}

Outcome Queue::run(LiveJob &live, Crew &crew) {
    protocol::RunTask run{live.job.id, live.job.task, live.job.attempts};
    const std::uint32_t done = finished_prefix(live.job.results);
    if (!std::visit([&](auto &task) { return resume(task, done); }, run.task)) {
        return {};
    }
    // Looked at now, not when the job came: what was copied into the plugin folder since is used.
    const auto registry = environment_.refresh_registry();
    check_plugins(run.task, *registry);
    put_pictures(run.task, store_.load_pictures(run.job_id));
    Reporter reporter(*this, live);
    crew.runner->configure(settings_.config());
    return crew.runner->run(run, *registry, reporter, live.cancel);
}

void Queue::finish(LiveJob &live, const Outcome &outcome) {
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
            store_.requeue(job.id, false);
        } catch (const StoreError &error) {
            // It is still recorded as running, which the next start takes up just the same.
            spdlog::warn("event=requeue_not_recorded job={} error={}", job.id, config::log_value(error.what()));
        }
        job.status = JobStatus::queued;
        job.started_at.clear();
        spdlog::info("event=interrupted job={} images_done={}", job.id, job.results.size());
        return;
    }
    if (outcome.kind == OutcomeKind::failed && outcome.worker_lost && outcome.code == "worker_died" &&
        job.attempts < settings_.config().queue.max_attempts && put_back(live, outcome)) {
        return;
    }
    switch (outcome.kind) {
    case OutcomeKind::completed:
        if (const std::uint32_t images = protocol::images_of(job.task); finished_prefix(job.results) < images) {
            return end_job(live, JobStatus::failed,
                           JobError{"incomplete", "the worker made " + std::to_string(job.results.size()) + " of " +
                                                      std::to_string(images) +
                                                      " images and reported no error; see the log"});
        }
        return end_job(live, JobStatus::completed, std::nullopt);
    case OutcomeKind::failed: {
        JobError error{outcome.code, outcome.error};
        if (outcome.worker_lost && job.attempts > 1) {
            error.message += "; it was tried " + std::to_string(job.attempts) + " times";
        }
        return end_job(live, JobStatus::failed, std::move(error));
    }
    case OutcomeKind::cancelled:
        return end_job(live, JobStatus::cancelled, std::nullopt);
    }
}

bool Queue::put_back(LiveJob &live, const Outcome &outcome) {
    Job &job = live.job;
    try {
        store_.requeue(job.id, true);
    } catch (const StoreError &error) {
        spdlog::warn("event=requeue_not_recorded job={} error={}", job.id, config::log_value(error.what()));
        return false;
    }
    // What killed the worker may pass: 1, 4, 16, … seconds, a minute at most.
    const std::uint32_t before = job.attempts > 0 ? job.attempts - 1 : 0;
    const std::chrono::seconds delay(std::min<std::uint64_t>(60, std::uint64_t{1} << (2 * std::min(before, 3U))));
    job.status = JobStatus::queued;
    job.started_at.clear();
    live.progress = Progress();
    start_progress(job);
    order_.push_front(job.id, protocol::model_of(job.task), std::chrono::steady_clock::now() + delay);
    number_waiting_jobs();
    publish_queued(events_, job);
    spdlog::warn("event=tried_again job={} attempt={} in={}s error={}", job.id, job.attempts + 1, delay.count(),
                 config::log_value(outcome.error));
    changed_.notify_all();
    return true;
}

void Queue::end_job(LiveJob &live, JobStatus status, std::optional<JobError> error) {
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
    if (job.error) {
        spdlog::warn("event=failed job={} code={} error={}", job.id, job.error->code,
                     config::log_value(job.error->message));
    } else {
        spdlog::info("event={} job={} images={}", to_string(status), job.id, job.results.size());
    }
    events_.publish(to_string(status), job.id, ended_job_json(job));
    // What the store does not know stays in memory for those who ask.
    if (recorded) {
        live_.erase(std::string(job.id));
    }
    ended_.notify_all();
}

} // namespace able::server
