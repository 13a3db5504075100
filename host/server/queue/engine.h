// The engine: takes requests, keeps them safe, runs them in order. Knows nothing of how requests arrive.
#pragma once

#include "environment.h"
#include "events.h"
#include "job.h"
#include "queue.h"
#include "store.h"

#include "host/config/load.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace able::server {

struct QueueState {
    std::vector<Job> jobs; // running ones first (position 0), then waiting ones in order
    bool paused = false;
};

struct WorkerState {
    int pid = 0;                            // 0 = none is running
    std::vector<std::string> loaded_models; // the one used last first
    std::string job_id;                     // empty = none
};

struct EngineState {
    bool ready = false;          // plugins and models have been looked at, results can be written
    std::string storage_problem; // empty = none
    std::uint64_t storage_free_bytes = 0;
    std::size_t waiting = 0, running = 0;
    bool paused = false;
    std::vector<WorkerState> workers;
    std::uint64_t worker_memory_limit = 0; // bytes; 0 = not known
};

// Thread-safe. Functions that take an id throw RequestError (not_found) for an unknown one; all that write throw
// StoreError if what they promise cannot be kept.
class Engine {
public:
    // Opens the store. Throws StoreError.
    Engine(config::Loaded loaded, std::unique_ptr<Environment> environment);
    // With a configuration of no file: changes of it are not kept.
    Engine(config::Config config, std::unique_ptr<Environment> environment);
    ~Engine();
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    // Takes up unfinished jobs and begins to work; returns at once.
    void start();
    // Interrupts running jobs, which wait in the store for the next start; returns when all workers are gone.
    void stop();

    // When this returns, the job survives anything but the loss of the disk. The same key and request again return the
    // same job; the same key with another request is a conflict. Throws RequestError.
    Job submit(const nlohmann::json &request, const std::optional<std::string> &idempotency_key = std::nullopt);
    Job get(std::string_view id) const;
    // All jobs, or those in one state; newest first.
    JobPage jobs(std::optional<JobStatus> status, std::size_t limit, std::size_t offset) const;
    // A waiting job is cancelled at once; of a running one the request is recorded and its worker told. Throws a
    // conflict for a job that has ended.
    Job cancel(std::string_view id);

    // What a prompt means, see prompt_report.h. Throws RequestError.
    nlohmann::json parse_prompt(const nlohmann::json &request) const;

    QueueState queue() const;
    void set_paused(bool paused);
    // Moves a waiting job to `position`, from 1; beyond the end is the end. Returns where it is then.
    std::size_t move(std::string_view id, std::size_t position);

    ImagePage images(const ImageFilter &filter, std::size_t limit, std::size_t offset) const;
    ImageFacets image_facets() const { return store_.image_facets(); }
    ImageRecord image(std::string_view id) const;
    void star_image(std::string_view id, bool starred);
    // Out of the lists, but back whenever it is wanted. After 30 days it is deleted.
    void trash_image(std::string_view id);
    void restore_image(std::string_view id);
    // Forgets the image and deletes its file.
    void delete_image(std::string_view id);
    // Where the file of a recorded image is; nothing for any other name. Never looks at the disk.
    std::optional<std::filesystem::path> output_file(std::string_view name) const;

    std::shared_ptr<const plugins::Registry> registry() const { return environment_->refresh_registry(); }
    std::shared_ptr<const Catalogue> catalogue() const { return environment_->catalogue(); }
    std::shared_ptr<const Catalogue> refresh_models() const { return environment_->refresh_catalogue(); }

    // Has a worker take the model into memory before a job needs it, or free its memory once it is idle; both return at
    // once, and the event "model" tells when it is done. Throw RequestError: no such model, not usable, not loaded.
    void load_model(std::string_view id);
    void unload_model(std::string_view id);

    EngineState state() const;
    EventBus &events() noexcept { return events_; }
    // What is in force.
    config::Config config() const;
    // The same, with where it came from.
    config::Loaded configuration() const;
    // Changes keys that may be changed while the server runs, all of them or none: {"logging.level": "debug"}; null
    // takes a key back to what the configuration says. Throws RequestError that names the key. Returns why the file of
    // changes could not be written; empty if it was.
    std::string change_config(const nlohmann::json &changes);

private:
    struct LiveJob;
    class Reporter;
    struct Crew; // one dispatcher thread and its runner

    void work(Crew &crew);
    // Loads and unloads that were asked for, with `lock` held on entry and return. False if there are none.
    bool tend_models(Crew &crew, std::unique_lock<std::mutex> &lock);
    std::shared_ptr<LiveJob> next(Crew &crew);
    Outcome run(LiveJob &live, Crew &crew);
    void finish(LiveJob &live, Outcome outcome);
    std::optional<Job> job_of_key(const IdempotencyKey &key) const;
    // With mutex_ held.
    void end_job(LiveJob &live, JobStatus status, std::optional<JobError> error);
    void number_waiting_jobs();
    LiveJob *find_live(std::string_view id) const;
    bool is_unfinished(std::string_view job_id) const;
    // Deletes what has been in the trash for long enough.
    void empty_trash();
    // False if there was no such image.
    bool discard(const ImageRecord &image);

    const config::Config config_; // as at the start: folders and the like
    std::mutex change_mutex_;     // one change at a time
    mutable std::mutex current_mutex_;
    config::Loaded current_;
    const std::unique_ptr<Environment> environment_;
    mutable Store store_;
    EventBus events_;

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    std::map<std::string, std::shared_ptr<LiveJob>, std::less<>> live_; // waiting and running
    Queue queue_;
    bool paused_ = false;
    bool started_ = false;
    bool stopping_ = false;
    std::vector<std::unique_ptr<Crew>> crews_;
    std::deque<protocol::Load> loads_;
};

} // namespace able::server
