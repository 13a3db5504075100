// An able_job that remembers what it is told.
#pragma once

#include <ablerefusal/job.h>

#include <cstdint>
#include <string>
#include <vector>

namespace able::golden {

class TestJob {
public:
    TestJob();
    TestJob(const TestJob &) = delete;
    TestJob &operator=(const TestJob &) = delete;

    const able_job *abi() const { return &abi_; }
    const std::string &message() const { return message_; }
    const std::vector<std::string> &warnings() const { return warnings_; }
    const std::vector<uint64_t> &progress() const { return progress_; } // what was done, report by report
    uint64_t total() const { return total_; }
    uint64_t polls() const { return polls_; }

    // Cancels at the `poll`-th question, counted from 0, from now on.
    void cancel_at(uint64_t poll) {
        polls_ = 0;
        cancel_at_ = poll;
    }

private:
    able_job abi_;
    std::string message_;
    std::vector<std::string> warnings_;
    std::vector<uint64_t> progress_;
    uint64_t total_ = 0;
    uint64_t polls_ = 0;
    uint64_t cancel_at_ = UINT64_MAX;
};

} // namespace able::golden
