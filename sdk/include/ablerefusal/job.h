/* ablerefusal/job.h: what a plugin may ask of the host while it works. */
#ifndef ABLEREFUSAL_JOB_H
#define ABLEREFUSAL_JOB_H

#include "abi.h"

ABLE_C_BEGIN

enum { ABLE_LOG_DEBUG = 1, ABLE_LOG_INFO = 2, ABLE_LOG_WARNING = 3, ABLE_LOG_ERROR = 4 };

typedef struct able_job {
    uint32_t struct_size;
    void *host;

    /* Records why the call in progress fails, and returns `status` so that `return job->fail(job, …)` reads well. The
     * message is copied; it says what is wrong and what to do. Whoever finds the error calls it. A status that came from
     * another call is returned as it is, without a message of one's own, which would take the place of the first. [job] */
    able_status (*fail)(const struct able_job *job, able_status status, const char *message) ABLE_NOEXCEPT;
    /* Non-zero once the job is cancelled; ask between long pieces of work. [any-thread] */
    int32_t (*cancelled)(const struct able_job *job) ABLE_NOEXCEPT;
    /* Reports `done` of `total` units of a long call (loading weights); the host shows it. [job] */
    void (*progress)(const struct able_job *job, uint64_t done, uint64_t total) ABLE_NOEXCEPT;
    /* One line for the log; `level` is ABLE_LOG_…. A warning is shown to the user with the job. [any-thread] */
    void (*log)(const struct able_job *job, int32_t level, const char *line) ABLE_NOEXCEPT;
} able_job;

ABLE_C_END

#endif
