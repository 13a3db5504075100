// The job store in a SQLite file.
#pragma once

#include "job_store.h"
#include "store_sqlite.h"

#include <memory>

namespace able::server {

class SqliteJobStore : public JobStore {
public:
    explicit SqliteJobStore(std::shared_ptr<SqliteStore> file);

    std::vector<Job> recover() override;
    void insert(const Job &job, const std::optional<IdempotencyKey> &key) override;
    std::optional<KeyedJob> find_key(const std::string &key) const override;
    std::optional<Job> load(std::string_view id) const override;
    Pictures load_pictures(std::string_view id) const override;
    JobPage jobs(std::optional<JobStatus> status, std::size_t limit, std::size_t offset) const override;
    void mark_processing(std::string_view id, const std::string &started_at) override;
    void add_result(std::string_view id, const Result &result) override;
    void requeue(std::string_view id, bool attempt_counts) override;
    void request_cancel(std::string_view id) override;
    void finish(std::string_view id, JobStatus status, const std::optional<JobError> &error,
                const std::string &completed_at) override;
    void reorder(const std::vector<std::string> &ids) override;
    bool paused() const override;
    void set_paused(bool paused) override;

private:
    const std::shared_ptr<SqliteStore> connection_;
};

} // namespace able::server
