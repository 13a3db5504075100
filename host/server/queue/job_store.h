// Jobs as they are kept. What is in here survives a kill -9. An implementation passes the tests of
// tests/unit/queue_store_contract.hpp.
#pragma once

#include "job.h"
#include "store_error.h"
#include "task_row.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

// A client's own name for a request, so that it can send it again without fear of making two jobs.
struct IdempotencyKey {
    std::string key;
    std::string fingerprint; // of the request
};

// The job of an earlier request with a key.
struct KeyedJob {
    std::string job_id, fingerprint;
};

struct JobPage {
    std::vector<Job> jobs; // newest first
    std::size_t total = 0;
};

// Thread-safe. Every function throws StoreError if the store cannot be read or written; what returned is on the disk.
class JobStore {
public:
    virtual ~JobStore() = default;

    // Puts jobs that were running when the last process ended back in their place, or cancels them if that had been
    // asked; one that this has happened to max_server_deaths times since its last image fails. Returns all that wait,
    // in order.
    virtual std::vector<Job> recover() = 0;

    // Adds a waiting job at the end.
    virtual void insert(const Job &job, const std::optional<IdempotencyKey> &key) = 0;
    // Keys are kept for a day.
    virtual std::optional<KeyedJob> find_key(const std::string &key) const = 0;

    virtual std::optional<Job> load(std::string_view id) const = 0;
    // The pictures that came with a job; empty if it has none, and once it has ended. Those of a job that failed are
    // kept for a day, so that it can be tried again.
    virtual Pictures load_pictures(std::string_view id) const = 0;
    // All jobs, or those in one state.
    virtual JobPage jobs(std::optional<JobStatus> status, std::size_t limit, std::size_t offset) const = 0;

    // Counts an attempt.
    virtual void mark_processing(std::string_view id, const std::string &started_at) = 0;
    // Attempts are counted anew from then on.
    virtual void add_result(std::string_view id, const Result &result) = 0;
    // Back to waiting, at its old place. The attempt counts unless it was cut short for no fault of the job's.
    virtual void requeue(std::string_view id, bool attempt_counts) = 0;
    virtual void request_cancel(std::string_view id) = 0;
    // To a terminal state, which nothing changes after; throws std::logic_error for a job that has ended.
    virtual void finish(std::string_view id, JobStatus status, const std::optional<JobError> &error,
                        const std::string &completed_at) = 0;

    // The order of waiting jobs.
    virtual void reorder(const std::vector<std::string> &ids) = 0;
    virtual bool paused() const = 0;
    virtual void set_paused(bool paused) = 0;
};

} // namespace able::server
