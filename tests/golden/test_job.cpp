#include "test_job.h"

#include <ablerefusal/glue.hpp>

namespace able::golden {

TestJob::TestJob() : abi_(make_struct<able_job>()) {
    abi_.host = this;
    abi_.fail = [](const able_job *job, able_status status, const char *message) noexcept {
        static_cast<TestJob *>(job->host)->message_ = message;
        return status;
    };
    abi_.cancelled = [](const able_job *job) noexcept -> int32_t {
        auto &self = *static_cast<TestJob *>(job->host);
        return self.polls_++ >= self.cancel_at_ ? 1 : 0;
    };
    abi_.progress = [](const able_job *job, uint64_t done, uint64_t total) noexcept {
        auto &self = *static_cast<TestJob *>(job->host);
        self.progress_.push_back(done);
        self.total_ = total;
    };
    abi_.log = [](const able_job *job, int32_t level, const char *line) noexcept {
        if (level >= ABLE_LOG_WARNING) {
            static_cast<TestJob *>(job->host)->warnings_.emplace_back(line);
        }
    };
}

} // namespace able::golden
