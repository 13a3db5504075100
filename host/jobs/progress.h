// How far a job is, and when it will be done, from the steps it reports.
#pragma once

#include "job.h"

#include "host/worker/slot.h"

#include <chrono>
#include <optional>

namespace able::jobs {

class Progress {
public:
    using Clock = std::chrono::steady_clock;

    // Writes progress, current_step, total_steps and eta_seconds into `job`.
    void step(Job &job, const worker::Step &step, Clock::time_point now = Clock::now());

private:
    std::optional<Clock::time_point> last_;
    std::uint32_t last_done_ = 0;
    double seconds_per_step_ = 0; // smoothed; 0 = not measured yet
};

} // namespace able::jobs
