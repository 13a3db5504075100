// A job: what was asked, what became of it.
#pragma once

#include "host/protocol/task.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

// queued -> processing -> completed | failed | cancelled, and queued -> cancelled | failed. A job whose run the
// server's own end cut short goes back to queued. Terminal states never change.
enum class JobStatus { queued, processing, completed, failed, cancelled };

const char *to_string(JobStatus status);
// Throws std::invalid_argument for any other word.
JobStatus job_status(std::string_view word);
bool is_terminal(JobStatus status);
bool may_follow(JobStatus from, JobStatus to);

// One finished image.
struct Result {
    std::uint32_t index = 0; // in the batch
    std::string file;        // name in the output folder
    std::uint64_t seed = 0;  // its own
    std::uint32_t width = 0, height = 0;
    nlohmann::json metadata = nlohmann::json::object();
    std::string created_at;
};

struct JobError {
    std::string code, message;
};

struct Job {
    std::string id;         // UUID
    nlohmann::json request; // as given, pictures replaced by their size
    protocol::Task task;    // pictures left out while the job waits
    JobStatus status = JobStatus::queued;
    bool cancel_requested = false;
    std::size_t position = 0;                        // in the queue, from 1; 0 = not waiting
    double progress = 0;                             // percent
    std::uint32_t current_step = 0, total_steps = 0; // over the whole batch
    std::uint32_t attempts = 0;                      // how often it was started since its last image
    std::optional<double> eta_seconds;
    std::vector<Result> results; // in the order of `index`
    std::optional<JobError> error;
    std::string created_at, started_at, completed_at; // ISO 8601, UTC, milliseconds; empty = not yet
};

// How often a job may bring the server down, without an image between, before it is not tried again.
constexpr std::uint32_t max_server_deaths = 2;

// A time as 2025-01-31T12:00:00.123Z.
std::string utc_text(std::chrono::system_clock::time_point time);
// The present time as 2025-01-31T12:00:00.123Z.
std::string utc_now();

// How many images from the first on are done: where a resumed job goes on.
std::uint32_t finished_prefix(const std::vector<Result> &results);

} // namespace able::server
