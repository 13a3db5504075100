#include "job_store_sqlite.h"

#include "progress.h"
#include "rows_sqlite.h"

#include <Poco/Data/LOB.h>
#include <Poco/Data/RecordSet.h>
#include <Poco/Data/Statement.h>

#include <ctime>
#include <limits>
#include <stdexcept>
#include <utility>

namespace able::server {
namespace {

using nlohmann::json;
using namespace Poco::Data::Keywords;
using Poco::Data::BLOB;
using Poco::Data::RecordSet;
using Poco::Data::Session;
using Poco::Data::Statement;

constexpr std::int64_t key_lifetime = std::int64_t{24} * 3600; // seconds

constexpr const char *job_columns = "id, place, status, request, spec, cancel_requested, error_code, error_message, "
                                    "created_at, started_at, completed_at, attempts";

constexpr const char *picture_tables[] = {"init_images", "masks"};

// Plain texts that come from plugins and libraries.
std::string without_nul(std::string text) {
    std::erase(text, '\0');
    return text;
}

BLOB to_blob(const std::vector<std::uint8_t> &bytes) {
    return BLOB(bytes.data(), bytes.size());
}

std::vector<std::uint8_t> to_bytes(const BLOB &blob) {
    return {blob.begin(), blob.end()};
}

std::vector<Result> results_of(Session &session, const std::string &job_id) {
    Statement select(session);
    select << "SELECT " << result_columns << " FROM results WHERE job_id = ? ORDER BY image_index", bind(job_id), now;
    RecordSet rows(select);
    std::vector<Result> results;
    for (bool more = rows.moveFirst(); more; more = rows.moveNext()) {
        results.push_back(to_result(rows));
    }
    return results;
}

Job to_job(Session &session, RecordSet &row) {
    Job job;
    job.id = row.value("id").convert<std::string>();
    job.status = job_status(row.value("status").convert<std::string>());
    job.request = json::parse(row.value("request").convert<std::string>());
    job.task = decode_task_row(to_bytes(row.value("spec").extract<BLOB>()));
    job.cancel_requested = row.value("cancel_requested").convert<int>() != 0;
    if (const auto code = row.value("error_code").convert<std::string>(); !code.empty()) {
        job.error = JobError{code, row.value("error_message").convert<std::string>()};
    }
    job.created_at = row.value("created_at").convert<std::string>();
    job.started_at = row.value("started_at").convert<std::string>();
    job.completed_at = row.value("completed_at").convert<std::string>();
    job.attempts = row.value("attempts").convert<std::uint32_t>();
    job.results = results_of(session, job.id);
    start_progress(job);
    if (job.status == JobStatus::completed) {
        job.progress = 100;
        job.current_step = job.total_steps;
    }
    return job;
}

// Of jobs that have ended; of those that failed after a day.
void forget_pictures(Session &session) {
    const std::string oldest = utc_text(std::chrono::system_clock::now() - std::chrono::hours(24));
    for (const char *table : picture_tables) {
        session << std::string("DELETE FROM ") + table +
                       " WHERE job_id IN (SELECT id FROM jobs WHERE status IN ('completed', 'cancelled') OR (status = "
                       "'failed' AND completed_at < ?))",
            bind(oldest), now;
    }
}

std::vector<Job> select_jobs(Session &session, const std::string &condition, const std::string &value) {
    Statement select(session);
    select << "SELECT " << job_columns << " FROM jobs WHERE " << condition, bind(value), now;
    RecordSet rows(select);
    std::vector<Job> jobs;
    for (bool more = rows.moveFirst(); more; more = rows.moveNext()) {
        jobs.push_back(to_job(session, rows));
    }
    return jobs;
}

} // namespace

SqliteJobStore::SqliteJobStore(std::shared_ptr<SqliteStore> file) : connection_(std::move(file)) {}

std::vector<Job> SqliteJobStore::recover() {
    return connection_->write("take up unfinished jobs", [](Session &session) {
        session << "UPDATE jobs SET status = 'cancelled', completed_at = ? WHERE status = 'processing' AND "
                   "cancel_requested = 1",
            bind(utc_now()), now;
        session << "UPDATE jobs SET server_deaths = server_deaths + 1 WHERE status = 'processing'", now;
        session << "UPDATE jobs SET status = 'failed', error_code = 'server_died', error_message = ?, completed_at = ? "
                   "WHERE status = 'processing' AND server_deaths >= ?",
            bind(std::string("the server ended while it ran this job, twice in a row; it is not tried again by itself: "
                             "see the log, then POST /generate/{id}/retry")),
            bind(utc_now()), bind(max_server_deaths), now;
        session << "UPDATE jobs SET status = 'queued', started_at = '' WHERE status = 'processing'", now;
        forget_pictures(session);
        return select_jobs(session, "status = ? ORDER BY place", "queued");
    });
}

void SqliteJobStore::insert(const Job &job, const std::optional<IdempotencyKey> &key) {
    connection_->write("record the job", [&](Session &session) {
        protocol::Task task = job.task;
        const Pictures pictures = take_pictures(task);
        std::int64_t place = 0;
        session << "SELECT COALESCE(MAX(place), 0) + 1 FROM jobs", into(place), now;
        session << "INSERT INTO jobs (id, place, status, request, spec, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            bind(job.id), bind(place), bind(std::string(to_string(job.status))), bind(to_text(job.request)),
            bind(to_blob(encode_task_row(task))), bind(job.created_at), now;
        if (!pictures.init_image.empty()) {
            session << "INSERT INTO init_images VALUES (?, ?)", bind(job.id), bind(to_blob(pictures.init_image)), now;
        }
        if (!pictures.mask.empty()) {
            session << "INSERT INTO masks VALUES (?, ?)", bind(job.id), bind(to_blob(pictures.mask)), now;
        }
        const auto time = static_cast<std::int64_t>(std::time(nullptr));
        session << "DELETE FROM idempotency_keys WHERE created_at < ?", bind(time - key_lifetime), now;
        if (key) {
            session << "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?)", bind(key->key), bind(key->fingerprint),
                bind(job.id), bind(time), now;
        }
    });
}

std::optional<KeyedJob> SqliteJobStore::find_key(const std::string &key) const {
    return connection_->run("look up an idempotency key", [&](Session &session) -> std::optional<KeyedJob> {
        const auto oldest = static_cast<std::int64_t>(std::time(nullptr)) - key_lifetime;
        std::vector<std::string> jobs, fingerprints;
        session << "SELECT job_id, fingerprint FROM idempotency_keys WHERE key = ? AND created_at >= ?", into(jobs),
            into(fingerprints), bind(key), bind(oldest), now;
        if (jobs.empty()) {
            return std::nullopt;
        }
        return KeyedJob{jobs.front(), fingerprints.front()};
    });
}

std::optional<Job> SqliteJobStore::load(std::string_view id) const {
    return connection_->run("read a job", [&](Session &session) -> std::optional<Job> {
        auto jobs = select_jobs(session, "id = ?", std::string(id));
        if (jobs.empty()) {
            return std::nullopt;
        }
        return std::move(jobs.front());
    });
}

Pictures SqliteJobStore::load_pictures(std::string_view id) const {
    return connection_->run("read a job's pictures", [&](Session &session) {
        const auto bytes_in = [&](const char *table) {
            std::vector<BLOB> blobs;
            session << std::string("SELECT bytes FROM ") + table + " WHERE job_id = ?", into(blobs),
                bind(std::string(id)), now;
            return blobs.empty() ? std::vector<std::uint8_t>() : to_bytes(blobs.front());
        };
        return Pictures{bytes_in("init_images"), bytes_in("masks")};
    });
}

JobPage SqliteJobStore::jobs(std::optional<JobStatus> status, std::size_t limit, std::size_t offset) const {
    return connection_->run("list the jobs", [&](Session &session) {
        const std::string word = status ? to_string(*status) : "";
        const std::string condition = "(?1 = '' OR status = ?1)";
        JobPage page;
        std::int64_t total = 0;
        session << "SELECT COUNT(*) FROM jobs WHERE " + condition, into(total), bind(word), now;
        page.total = static_cast<std::size_t>(total);
        // Rows are numbered as they come.
        page.jobs = select_jobs(session,
                                condition + " ORDER BY rowid DESC LIMIT " + std::to_string(limit) + " OFFSET " +
                                    std::to_string(offset),
                                word);
        return page;
    });
}

void SqliteJobStore::mark_processing(std::string_view id, const std::string &started_at) {
    connection_->write("record the start of a job", [&](Session &session) {
        session << "UPDATE jobs SET status = 'processing', started_at = ?, attempts = attempts + 1 WHERE id = ? AND "
                   "status = 'queued'",
            bind(started_at), bind(std::string(id)), now;
    });
}

void SqliteJobStore::add_result(std::string_view id, const Result &result) {
    connection_->write("record an image", [&](Session &session) {
        if (result.seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            throw StoreError("an image's seed is beyond 63 bits");
        }
        put_result(session, id, result);
        session << "UPDATE jobs SET attempts = 0, server_deaths = 0 WHERE id = ?", bind(std::string(id)), now;
    });
}

void SqliteJobStore::requeue(std::string_view id, bool attempt_counts) {
    connection_->write("put a job back", [&](Session &session) {
        session
            << "UPDATE jobs SET status = 'queued', started_at = '', attempts = MAX(0, attempts - ?) WHERE id = ? AND "
               "status = 'processing'",
            bind(attempt_counts ? 0 : 1), bind(std::string(id)), now;
    });
}

void SqliteJobStore::request_cancel(std::string_view id) {
    connection_->write("record a cancellation", [&](Session &session) {
        session << "UPDATE jobs SET cancel_requested = 1 WHERE id = ?", bind(std::string(id)), now;
    });
}

void SqliteJobStore::finish(std::string_view id, JobStatus status, const std::optional<JobError> &error,
                            const std::string &completed_at) {
    connection_->write("record the end of a job", [&](Session &session) {
        std::vector<std::string> words;
        session << "SELECT status FROM jobs WHERE id = ?", into(words), bind(std::string(id)), now;
        if (words.empty() || !is_terminal(status) || !may_follow(job_status(words.front()), status)) {
            throw std::logic_error("the job " + std::string(id) + " cannot become " + to_string(status) +
                                   (words.empty() ? ": it does not exist" : ": it is " + words.front()));
        }
        const JobError text = error.value_or(JobError{});
        session << "UPDATE jobs SET status = ?, error_code = ?, error_message = ?, completed_at = ? WHERE id = ?",
            bind(std::string(to_string(status))), bind(without_nul(text.code)), bind(without_nul(text.message)),
            bind(completed_at), bind(std::string(id)), now;
        forget_pictures(session);
    });
}

void SqliteJobStore::reorder(const std::vector<std::string> &ids) {
    connection_->write("record the order of the queue", [&](Session &session) {
        // Running jobs keep their places; waiting ones go behind the last place given out.
        std::int64_t place = 0;
        session << "SELECT COALESCE(MAX(place), 0) FROM jobs", into(place), now;
        for (const std::string &id : ids) {
            session << "UPDATE jobs SET place = ? WHERE id = ? AND status = 'queued'", bind(++place), bind(id), now;
        }
    });
}

bool SqliteJobStore::paused() const {
    return connection_->run("read the settings", [](Session &session) {
        std::vector<std::string> values;
        session << "SELECT value FROM settings WHERE name = 'paused'", into(values), now;
        return !values.empty() && values.front() == "1";
    });
}

void SqliteJobStore::set_paused(bool paused) {
    connection_->write("record the settings", [&](Session &session) {
        session << "INSERT OR REPLACE INTO settings VALUES ('paused', ?)", bind(std::string(paused ? "1" : "0")), now;
    });
}

} // namespace able::server
