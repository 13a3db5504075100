// How far a job is, and when it will be done, from the steps it reports.
#pragma once

#include "job.h"

#include "host/protocol/reports.h"
#include "host/server/supervisor/slot.h"

#include <chrono>
#include <optional>

namespace able::server {

// The steps of all images of the job together: for each, as many as a finished one took, or as the request asks for. A
// schedule may make a few more or fewer; the first reported step corrects the number. 0 for jobs that make no images.
std::uint32_t expected_steps(const Job &job);

// What the job's images make of progress, current_step and total_steps, before or between runs.
void start_progress(Job &job);

class Progress {
public:
    using Clock = std::chrono::steady_clock;

    // Writes progress, current_step, total_steps and eta_seconds into `job`.
    void step(Job &job, const protocol::Step &step, Clock::time_point now = Clock::now());

private:
    std::optional<Clock::time_point> last_;
    std::uint32_t last_done_ = 0;
    double seconds_per_step_ = 0; // smoothed; 0 = not measured yet
};

} // namespace able::server
