// Jobs on disk: what is in here survives a kill -9. SQLite, through one connection.
#pragma once

#include "host/base/request_error.h"
#include "host/server/gallery/images.h"
#include "job.h"
#include "store_error.h"
#include "task_row.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

// A client's own name for a request, so that it can send it again without fear of making two jobs.
struct IdempotencyKey {
    std::string key;
    std::string fingerprint; // of the request
};

struct JobPage {
    std::vector<Job> jobs; // newest first
    std::size_t total = 0;
};

// Thread-safe. Every function throws StoreError if the file cannot be read or written; what returned is on the disk.
class Store {
public:
    // Opens `file`, or makes it. Throws StoreError for a damaged file, another program's, a newer version's, and one
    // that another process has open.
    explicit Store(std::filesystem::path file);
    ~Store();
    Store(const Store &) = delete;
    Store &operator=(const Store &) = delete;

    // Puts jobs that were running when the last process ended back in their place, or cancels them if that had been
    // asked; returns all that wait, in order.
    std::vector<Job> recover();

    // Adds a waiting job at the end.
    void insert(const Job &job, const std::optional<IdempotencyKey> &key);
    // The job of an earlier request with this key. Keys are kept for a day.
    struct KeyedJob {
        std::string job_id, fingerprint;
    };
    std::optional<KeyedJob> find_key(const std::string &key) const;

    std::optional<Job> load(std::string_view id) const;
    // The pictures that came with a job; empty if it has none, and once it has ended.
    Pictures load_pictures(std::string_view id) const;
    // All jobs, or those in one state.
    JobPage jobs(std::optional<JobStatus> status, std::size_t limit, std::size_t offset) const;

    void mark_processing(std::string_view id, const std::string &started_at);
    void add_result(std::string_view id, const Result &result);
    // Back to waiting, at its old place.
    void requeue(std::string_view id);
    void request_cancel(std::string_view id);
    // To a terminal state, which nothing changes after; throws std::logic_error for a job that has ended.
    void finish(std::string_view id, JobStatus status, const std::optional<JobError> &error,
                const std::string &completed_at);

    // The order of waiting jobs.
    void reorder(const std::vector<std::string> &ids);
    bool paused() const;
    void set_paused(bool paused);

    ImagePage images(const ImageFilter &filter, std::size_t limit, std::size_t offset) const;
    ImageFacets image_facets() const;
    std::optional<ImageRecord> image(std::string_view id) const;
    bool has_file(std::string_view file) const;
    // These do nothing and return false if there is no such image.
    bool star_image(std::string_view id, bool starred);
    bool trash_image(std::string_view id, const std::string &trashed_at); // empty: takes it out of the trash
    bool remove_image(std::string_view id);
    // Ids of the images that went to the trash before `time`.
    std::vector<std::string> trashed_before(const std::string &time) const;

private:
    class Connection;
    std::unique_ptr<Connection> connection_;
};

} // namespace able::server
