// The queue: takes requests, keeps them safe as jobs, and has workers run them in order.
#pragma once

#include "environment.h"
#include "events.h"
#include "job.h"
#include "job_order.h"
#include "job_store.h"

#include "host/server/settings/settings.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

// What has not ended.
struct QueueState {
    std::vector<Job> jobs; // running ones first (position 0), then waiting ones in order
    bool paused = false;
};

struct WorkerState {
    int pid = 0;                            // 0 = none is running
    std::vector<std::string> loaded_models; // most recently used first
    std::string job_id;                     // empty = none
};

struct WorkState {
    std::size_t waiting = 0, running = 0; // jobs
    bool paused = false;
    std::vector<WorkerState> workers;
};

// Thread-safe. Functions that take an id throw RequestError (not_found) for an unknown one; all that write throw
// StoreError if what they promise cannot be kept.
class Queue {
public:
    // What it is given outlives it.
    Queue(JobStore &store, Environment &environment, const Settings &settings, EventBus &events);
    ~Queue();
    Queue(const Queue &) = delete;
    Queue &operator=(const Queue &) = delete;

    // Takes up unfinished jobs and begins to work; returns at once.
    void start();
    // Interrupts running jobs, which wait in the store for the next start; returns at once.
    void interrupt();
    // The same, and returns when all workers are gone.
    void stop();

    // When this returns, the job survives anything but the loss of the disk. The same key and request again return the
    // same job; the same key with another request is a conflict. `as_sent` is the request before fields were filled in,
    // if any were: it is what keys are compared by. Throws RequestError.
    Job submit(const nlohmann::json &request, const std::optional<std::string> &idempotency_key = std::nullopt,
               const nlohmann::json *as_sent = nullptr);
    Job get(std::string_view id) const;
    // The job once it has ended; nothing if that has not happened by `deadline`, or the queue stops before.
    std::optional<Job> wait(std::string_view id, std::chrono::steady_clock::time_point deadline) const;
    // All jobs, or those in one state; newest first.
    JobPage jobs(std::optional<JobStatus> status, std::size_t limit, std::size_t offset) const;
    // A waiting job is cancelled at once; of a running one the request is recorded and its worker told. Throws a
    // conflict for a job that has ended.
    Job cancel(std::string_view id);
    // A new job that does what a failed one was to do. Throws a conflict for a job that has not failed, or whose
    // pictures are not kept any more.
    Job retry(std::string_view id);
    // False for a job that has ended, and for one that never was.
    bool is_unfinished(std::string_view id) const;

    QueueState state() const;
    WorkState work() const;
    void set_paused(bool paused);
    // Time limits have changed.
    void set_limits(const config::Config &config);
    // Moves a waiting job to `position`, from 1; beyond the end is the end. Returns where it is then.
    std::size_t move(std::string_view id, std::size_t position);

    // Has a worker take a model into memory before a job needs it, or free the memory of one once it is idle; both
    // return at once, and the event "model" tells when it is done. Unloading throws RequestError if no worker has it.
    void load(protocol::Load load);
    void unload(std::string_view model);

private:
    struct LiveJob;
    class Reporter;
    struct Crew; // one dispatcher thread and its runner

    void run_jobs(Crew &crew);
    // Loads and unloads that were asked for, with `lock` held on entry and return. False if there are none.
    bool tend_models(Crew &crew, std::unique_lock<std::mutex> &lock);
    std::shared_ptr<LiveJob> next(Crew &crew);
    Outcome run(LiveJob &live, Crew &crew);
    void finish(LiveJob &live, const Outcome &outcome);
    // Has a job whose worker died wait for its next attempt. False if that cannot be recorded. With mutex_ held.
    bool put_back(LiveJob &live, const Outcome &outcome);
    // Stores a new job and has it wait.
    Job enqueue(const std::shared_ptr<LiveJob> &live, const std::optional<IdempotencyKey> &key);
    std::optional<Job> job_of_key(const IdempotencyKey &key) const;
    // With mutex_ held.
    void end_job(LiveJob &live, JobStatus status, std::optional<JobError> error);
    void number_waiting_jobs();
    LiveJob *find_live(std::string_view id) const;
    bool is_live(std::string_view id) const; // and has not ended

    JobStore &store_;
    Environment &environment_;
    const Settings &settings_;
    EventBus &events_;

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    mutable std::condition_variable ended_;                             // a job has, or the queue is about to
    std::map<std::string, std::shared_ptr<LiveJob>, std::less<>> live_; // waiting and running
    JobOrder order_;
    bool paused_ = false;
    bool stopping_ = false;
    std::vector<std::unique_ptr<Crew>> crews_;
    std::deque<protocol::Load> loads_;
};

} // namespace able::server
