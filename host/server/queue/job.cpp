#include "job.h"

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace able::server {
namespace {

constexpr std::array<std::pair<JobStatus, const char *>, 5> words{{
    {JobStatus::queued, "queued"},
    {JobStatus::processing, "processing"},
    {JobStatus::completed, "completed"},
    {JobStatus::failed, "failed"},
    {JobStatus::cancelled, "cancelled"},
}};

} // namespace

const char *to_string(JobStatus status) {
    for (const auto &[value, word] : words) {
        if (value == status) {
            return word;
        }
    }
    return "unknown";
}

JobStatus job_status(std::string_view word) {
    for (const auto &[value, name] : words) {
        if (word == name) {
            return value;
        }
    }
    throw std::invalid_argument("\"" + std::string(word) + "\" is not a job's status");
}

bool is_terminal(JobStatus status) {
    return status != JobStatus::queued && status != JobStatus::processing;
}

bool may_follow(JobStatus from, JobStatus to) {
    if (is_terminal(from)) {
        return false;
    }
    if (from == JobStatus::queued) {
        return to == JobStatus::processing || to == JobStatus::cancelled || to == JobStatus::failed;
    }
    return to != JobStatus::processing;
}

std::string utc_text(std::chrono::system_clock::time_point time) {
    using std::chrono::microseconds;
    const Poco::Timestamp timestamp(std::chrono::duration_cast<microseconds>(time.time_since_epoch()).count());
    return Poco::DateTimeFormatter::format(timestamp, "%Y-%m-%dT%H:%M:%S.%iZ");
}

std::string utc_now() {
    return utc_text(std::chrono::system_clock::now());
}

std::uint32_t finished_prefix(const std::vector<Result> &results) {
    std::uint32_t count = 0;
    for (const Result &result : results) {
        if (result.index != count) {
            break;
        }
        ++count;
    }
    return count;
}

} // namespace able::server
