#include "plain_job.h"

#include <ablerefusal/glue.hpp>

namespace able::validate {

PlainJob::PlainJob() : job_(make_struct<able_job>()) {
    job_.host = this;
    job_.fail = [](const able_job *job, able_status code, const char *text) noexcept {
        auto &self = *static_cast<PlainJob *>(job->host);
        self.status = code;
        self.message = text == nullptr ? "" : text;
        return code;
    };
    job_.cancelled = [](const able_job *job) noexcept -> std::int32_t {
        return static_cast<const PlainJob *>(job->host)->cancelled ? 1 : 0;
    };
    job_.progress = [](const able_job *, std::uint64_t, std::uint64_t) noexcept {
    };
    job_.log = [](const able_job *, std::int32_t, const char *) noexcept {
    };
}

} // namespace able::validate
