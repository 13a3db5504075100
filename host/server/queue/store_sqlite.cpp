#include "store_sqlite.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/SQLiteException.h>

#include <algorithm>
#include <system_error>

namespace able::server {
namespace {

namespace fs = std::filesystem;
using namespace Poco::Data::Keywords;
using Poco::Data::Session;

constexpr int schema_version = 4;

// Larger stores are not read through at start; damage shows when the damaged part is used.
constexpr std::uintmax_t max_checked_bytes = 32U << 20;

// Since version 2.
constexpr const char *masks_table =
    "CREATE TABLE masks (job_id TEXT PRIMARY KEY REFERENCES jobs (id), bytes BLOB NOT NULL)";

constexpr const char *schema[] = {
    "CREATE TABLE schema_version (version INTEGER NOT NULL)",
    // `place` orders waiting jobs. It is kept while a job runs, so that an interrupted one goes back where it was.
    "CREATE TABLE jobs (id TEXT PRIMARY KEY, place INTEGER NOT NULL, status TEXT NOT NULL, request TEXT NOT NULL, "
    "spec BLOB NOT NULL, cancel_requested INTEGER NOT NULL DEFAULT 0, error_code TEXT NOT NULL DEFAULT '', "
    "error_message TEXT NOT NULL DEFAULT '', created_at TEXT NOT NULL, started_at TEXT NOT NULL DEFAULT '', "
    "completed_at TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, "
    "server_deaths INTEGER NOT NULL DEFAULT 0)",
    "CREATE INDEX jobs_waiting ON jobs (status, place)",
    // Apart, because they are large and go when the job ends.
    "CREATE TABLE init_images (job_id TEXT PRIMARY KEY REFERENCES jobs (id), bytes BLOB NOT NULL)",
    masks_table,
    "CREATE TABLE results (image_id TEXT PRIMARY KEY, job_id TEXT NOT NULL REFERENCES jobs (id), image_index INTEGER "
    "NOT NULL, file TEXT NOT NULL UNIQUE, seed INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, "
    "metadata TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE (job_id, image_index))",
    "CREATE INDEX results_newest ON results (created_at DESC, image_id DESC)",
    "CREATE TABLE idempotency_keys (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, job_id TEXT NOT NULL REFERENCES "
    "jobs (id), created_at INTEGER NOT NULL)",
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
};

// Stars and the trash. Beside `results`, so that a version that knows nothing of them can still use the store.
constexpr const char *marks_table =
    "CREATE TABLE IF NOT EXISTS image_marks (image_id TEXT PRIMARY KEY, starred INTEGER NOT NULL DEFAULT 0, trashed_at "
    "TEXT NOT NULL DEFAULT '')";

void execute(Session &session, const std::string &statement) {
    session << statement, now;
}

// Poco reads an empty result as an exception for a single value, so ask for the column and look.
std::vector<std::string> texts(Session &session, const std::string &query) {
    std::vector<std::string> values;
    session << query, into(values), now;
    return values;
}

} // namespace

SqliteStore::Transaction::Transaction(Session &session) : session_(session) {
    execute(session_, "BEGIN IMMEDIATE");
}

SqliteStore::Transaction::~Transaction() {
    if (!open_) {
        return;
    }
    try {
        execute(session_, "ROLLBACK");
    } catch (const Poco::Exception &) {
        // SQLite has rolled back by itself: after a full disk, for one.
    }
}

void SqliteStore::Transaction::commit() {
    execute(session_, "COMMIT");
    open_ = false;
}

void SqliteStore::fail(const char *what, const std::string &reason) const {
    throw StoreError(std::string("cannot ") + what + " in the job store " + file_.string() + ": " + reason);
}

Session SqliteStore::open(const fs::path &file) {
    std::error_code error;
    if (const fs::path folder = file.parent_path(); !folder.empty()) {
        fs::create_directories(folder, error);
        if (error) {
            throw StoreError("cannot make the folder " + folder.string() + " for the job store: " + error.message());
        }
    }
    Poco::Data::SQLite::Connector::registerConnector();
    const bool fresh = !fs::exists(file, error);
    try {
        Session session("SQLite", file.string());
        execute(session, "PRAGMA busy_timeout = 1000");
        if (fresh) {
            // Prompts are private.
            fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, error);
        }
        return session;
    } catch (const Poco::Exception &exception) {
        throw StoreError("cannot open the job store " + file.string() + ": " + exception.displayText() +
                         "; check that its folder exists and can be written, or set queue.store to another file");
    }
}

SqliteStore::SqliteStore(fs::path file) : file_(std::move(file)), session_(open(file_)) {
    try {
        take_over();
        check_integrity();
        migrate();
        execute(session_, marks_table);
    } catch (const Poco::Data::SQLite::DBLockedException &) {
        throw StoreError("the job store " + file_.string() +
                         " is in use by another program, most likely a second ablerefusal serve; stop that one, or set "
                         "queue.store to another file");
    } catch (const Poco::Exception &error) {
        throw StoreError("the job store " + file_.string() + " is damaged or not a job store (" + error.displayText() +
                         "); move it away and start again: a new one is made");
    }
}

// Exclusive from the first moment: two servers on one store would run every job twice.
void SqliteStore::take_over() {
    execute(session_, "PRAGMA locking_mode = EXCLUSIVE");
    // Not WAL: SQLite 3.40's reset bug; see https://sqlite.org/wal.html. Fast enough for a few commits a second.
    texts(session_, "PRAGMA journal_mode = TRUNCATE");
    execute(session_, "PRAGMA synchronous = FULL");
    execute(session_, "PRAGMA foreign_keys = ON");
    execute(session_, "BEGIN EXCLUSIVE");
    execute(session_, "COMMIT");
}

void SqliteStore::check_integrity() {
    std::error_code error;
    if (fs::file_size(file_, error) > max_checked_bytes || error) {
        return;
    }
    const auto findings = texts(session_, "PRAGMA quick_check(1)");
    if (findings.size() != 1 || findings.front() != "ok") {
        throw StoreError("the job store " + file_.string() + " is damaged (" +
                         (findings.empty() ? "no answer" : findings.front()) +
                         "); move it away and start again: a new one is made");
    }
}

void SqliteStore::migrate() {
    const auto tables = texts(session_, "SELECT name FROM sqlite_master WHERE type = 'table'");
    if (tables.empty()) {
        Transaction transaction(session_);
        for (const char *statement : schema) {
            execute(session_, statement);
        }
        execute(session_, "INSERT INTO schema_version VALUES (" + std::to_string(schema_version) + ")");
        transaction.commit();
        return;
    }
    if (std::find(tables.begin(), tables.end(), "schema_version") == tables.end()) {
        throw StoreError("the file " + file_.string() +
                         " is the database of another program, not a job store; set queue.store to another file");
    }
    std::vector<int> versions;
    session_ << "SELECT version FROM schema_version", into(versions), now;
    if (versions.size() == 1 && versions.front() == schema_version) {
        return;
    }
    if (versions.size() == 1 && versions.front() >= 1 && versions.front() < schema_version) {
        Transaction transaction(session_);
        if (versions.front() == 1) {
            execute(session_, masks_table);
        }
        // Since version 4.
        execute(session_, "ALTER TABLE jobs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0");
        execute(session_, "ALTER TABLE jobs ADD COLUMN server_deaths INTEGER NOT NULL DEFAULT 0");
        // Since version 3, `spec` says its own version, see task_row.h; a program that does not know must not write.
        execute(session_, "UPDATE schema_version SET version = " + std::to_string(schema_version));
        transaction.commit();
        return;
    }
    if (versions.size() == 1 && versions.front() > schema_version) {
        throw StoreError("the job store " + file_.string() + " was made by a newer version of AbleRefusal (schema " +
                         std::to_string(versions.front()) + ", this one knows " + std::to_string(schema_version) +
                         "); use that version, or set queue.store to another file");
    }
    throw StoreError("the job store " + file_.string() +
                     " has no valid schema version; move it away and start again: a new one is made");
}

} // namespace able::server
