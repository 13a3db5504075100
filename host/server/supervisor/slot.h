// The server's end of a worker: one process at a time, replaced when it dies or falls behind the plugins or settings.
#pragma once

#include "host/protocol/messages.h"

#include "host/config/config.h"
#include "host/plugins/describe/registry.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace able::server {

// Receives a job's reports on the thread that runs it.
class JobSink {
public:
    virtual ~JobSink() = default;
    virtual void phase(const protocol::Phase &phase) = 0;
    virtual void step(const protocol::Step &step) = 0;
    virtual void image(const protocol::ImageDone &image) = 0;
};

enum class OutcomeKind { completed, failed, cancelled };

struct Outcome {
    OutcomeKind kind = OutcomeKind::completed;
    std::string code;  // failed: "worker_died", "timeout", "plugin_failed", "bad_model", …
    std::string error; // failed: what went wrong and what to do
    bool worker_lost = false;
};

// Set from any thread to stop a running job.
class CancelToken {
public:
    CancelToken() = default;
    ~CancelToken();
    CancelToken(const CancelToken &) = delete;
    CancelToken &operator=(const CancelToken &) = delete;
    void cancel() noexcept;
    bool cancelled() const noexcept { return cancelled_.load(); }
    // Readable once cancelled; for poll(). Made when it is first asked for: a waiting job needs none. -1 if the process
    // has no descriptor left: the flag has to be looked at from time to time anyway.
    int fd() const noexcept;

private:
    std::atomic<bool> cancelled_{false};
    mutable std::mutex mutex_; // guards event_
    mutable int event_ = -1;
};

// 0 = none.
struct TimeLimits {
    std::chrono::milliseconds total{0}; // for a job
    std::chrono::milliseconds stall{0}; // without progress
};

struct SlotOptions {
    std::filesystem::path executable; // ablerefusal, for `worker`
    config::Inference inference;      // its memory_limit is this worker's, in bytes
    TimeLimits limits;
    std::chrono::milliseconds cancel_grace{5000};    // then SIGTERM
    std::chrono::milliseconds terminate_grace{2000}; // then SIGKILL
};

class Slot {
public:
    explicit Slot(SlotOptions options);
    ~Slot();
    Slot(const Slot &) = delete;
    Slot &operator=(const Slot &) = delete;

    // For the jobs from now on: a process that was started with other settings is replaced. By the thread that runs
    // jobs.
    void configure(SlotOptions options);
    // Runs a task to its end with the plugins of `registry`; starts or replaces the process as needed. One job at a
    // time; the reports come on the calling thread. Never throws for what a job, plugin or worker does.
    Outcome run(const protocol::RunTask &task, const plugins::Registry &registry, JobSink &sink,
                const CancelToken &cancel);
    // For the job that runs, too. Thread-safe.
    void set_limits(TimeLimits limits);
    // Ids of the models that the worker holds, most recently used first. Thread-safe.
    std::vector<std::string> loaded_models() const;
    // Process id of the worker, 0 if none. Thread-safe.
    int pid() const;
    // Frees the model and the process; the next job starts a fresh one.
    void shut_down();

private:
    class Process;
    // Why the process has to be replaced; empty if it is good or there is none.
    std::string outdated(const plugins::Registry &registry) const;
    void start(const plugins::Registry &registry);
    std::optional<Outcome> attempt(const protocol::RunTask &task, JobSink &sink, const CancelToken &cancel, bool final);
    TimeLimits limits() const;
    Outcome lost(const std::string &where, std::optional<Outcome> timed_out, bool after_cancel);

    SlotOptions options_;
    mutable std::mutex mutex_; // guards what other threads may ask, and options_.limits
    std::unique_ptr<Process> process_;
    std::vector<std::string> loaded_models_;
    int pid_ = 0;
};

} // namespace able::server
