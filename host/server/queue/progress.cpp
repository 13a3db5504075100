#include "progress.h"

#include <algorithm>

namespace able::server {

namespace {

constexpr std::uint32_t most_steps = 100'000; // of an image; far beyond what a request may ask for

} // namespace

std::uint32_t expected_steps(const Job &job) {
    const std::uint32_t images = protocol::images_of(job.task);
    const auto *spec = std::get_if<protocol::Generate>(&job.task);
    if (spec == nullptr) {
        return 0;
    }
    if (!job.results.empty()) {
        const auto &metadata = job.results.front().metadata; // a worker's word
        const auto taken = metadata.find("steps_taken");
        if (taken != metadata.end() && taken->is_number_unsigned() && *taken < most_steps) {
            return taken->get<std::uint32_t>() * images;
        }
    }
    // The task's own picture is kept apart while the job waits.
    const bool from_picture = job.request.contains("init_image");
    return (from_picture ? protocol::steps_from_picture(spec->steps, spec->strength) : spec->steps) * images;
}

void start_progress(Job &job) {
    const std::uint32_t images = protocol::images_of(job.task);
    job.total_steps = expected_steps(job);
    job.current_step = images == 0 ? 0 : job.total_steps / images * finished_prefix(job.results);
    job.progress = job.total_steps == 0 ? 0 : 100.0 * job.current_step / job.total_steps;
    job.eta_seconds.reset();
}

void Progress::step(Job &job, const protocol::Step &step, Clock::time_point now) {
    // Image to image only a part of the steps is taken, so the report counts, not the request.
    const std::uint32_t per_image = std::max(1U, step.steps);
    job.total_steps = per_image * std::max(1U, protocol::images_of(job.task));
    const std::uint32_t done = std::min(step.image * per_image + std::min(step.step, per_image), job.total_steps);
    if (last_ && done > last_done_) {
        const double seconds = std::chrono::duration<double>(now - *last_).count() / (done - last_done_);
        seconds_per_step_ = seconds_per_step_ == 0 ? seconds : 0.7 * seconds_per_step_ + 0.3 * seconds;
        job.eta_seconds = seconds_per_step_ * (job.total_steps - done);
    }
    last_ = now;
    last_done_ = done;
    job.current_step = done;
    job.progress = 100.0 * done / job.total_steps;
}

} // namespace able::server
