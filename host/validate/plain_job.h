// An able_job that remembers what it is told.
#pragma once

#include <ablerefusal/job.h>

#include <string>

namespace able::validate {

class PlainJob {
public:
    PlainJob();
    PlainJob(const PlainJob &) = delete;
    PlainJob &operator=(const PlainJob &) = delete;

    const able_job *get() const noexcept { return &job_; }

    // Of the last failure.
    able_status status = ABLE_OK;
    std::string message;
    bool cancelled = false; // what the plugin is told

private:
    able_job job_{};
};

} // namespace able::validate
