#include "engine.h"

#include "host/server/requests/prompt_report.h"
#include "host/server/requests/request.h"
#include "host/server/requests/resolve.h"
#include "job_json.h"
#include "live_job.h"

#include "host/config/logging.h"
#include "host/config/memory_limit.h"

#include <Poco/DigestEngine.h>
#include <Poco/SHA2Engine.h>
#include <Poco/UUIDGenerator.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <unistd.h>

namespace able::server {
namespace {

using nlohmann::json;

constexpr std::size_t max_key_length = 255;

std::filesystem::path store_file(const config::Config &config) {
    return config.queue.store.empty() ? config.storage.output_dir / "jobs.sqlite" : config.queue.store;
}

base::RequestError no_such_job(std::string_view id) {
    return {base::ErrorKind::not_found, "unknown_job", "no job has the id \"" + std::string(id.substr(0, 100)) + "\"",
            "id"};
}

std::string fingerprint_of(const json &request) {
    Poco::SHA2Engine hash;
    const std::string text = request.dump(-1, ' ', false, json::error_handler_t::replace);
    hash.update(text);
    return Poco::DigestEngine::digestToHex(hash.digest());
}

void check_key(const std::string &key) {
    const bool printable = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (key.empty() || key.size() > max_key_length || !printable) {
        throw base::RequestError(base::ErrorKind::invalid, "invalid_idempotency_key",
                                 "Idempotency-Key must be 1 to 255 printable ASCII characters without spaces",
                                 "Idempotency-Key");
    }
}

// An empty text if files can be made there.
std::string writing_problem(const std::filesystem::path &folder) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
        return "the output folder " + folder.string() + " does not exist";
    }
    return ::access(folder.c_str(), W_OK) == 0 ? std::string()
                                               : "the output folder " + folder.string() + " cannot be written";
}

config::Loaded without_file(config::Config config) {
    config::Loaded loaded;
    loaded.configured = config;
    loaded.config = std::move(config);
    return loaded;
}

void publish_queued(EventBus &events, const Job &job) {
    json data = progress_json(job);
    data["position"] = job.position;
    events.publish("queued", job.id, std::move(data));
}

void log_queued(const std::string &id, const protocol::Generate &spec) {
    spdlog::info("event=queued job={} model={} sampler={} schedule={} steps={} images={} seed={}", id,
                 config::log_value(spec.model_id), spec.sampler, spec.sigmas.empty() ? spec.schedule : "(sigmas)",
                 spec.steps, spec.batch_size, spec.seed);
}

} // namespace

Engine::Engine(config::Loaded loaded, std::unique_ptr<Environment> environment)
    : config_(loaded.config), current_(std::move(loaded)), environment_(std::move(environment)),
      store_(store_file(config_)) {}

Engine::Engine(config::Config config, std::unique_ptr<Environment> environment)
    : Engine(without_file(std::move(config)), std::move(environment)) {}

Engine::~Engine() {
    stop();
}

void Engine::start() {
    std::error_code error;
    std::filesystem::create_directories(config_.storage.output_dir, error);
    const std::lock_guard lock(mutex_);
    auto unfinished = store_.recover();
    environment_->start();
    for (Job &job : unfinished) {
        // One that came before start() is here already; older ones go in front of it.
        if (find_live(job.id) != nullptr) {
            queue_.remove(job.id);
            queue_.push(job.id, protocol::model_of(job.task));
            continue;
        }
        spdlog::info("event=recovered job={} images_done={}", job.id, job.results.size());
        auto live = std::make_shared<LiveJob>();
        live->job = std::move(job);
        queue_.push(live->job.id, protocol::model_of(live->job.task));
        live->job.position = queue_.size();
        publish_queued(events_, live->job);
        live_[live->job.id] = std::move(live);
    }
    number_waiting_jobs();
    paused_ = store_.paused();
    for (std::uint32_t i = 0; i < std::max(1U, config_.queue.max_concurrent); ++i) {
        crews_.push_back(std::make_unique<Crew>());
        Crew &crew = *crews_.back();
        crew.runner = environment_->make_runner();
        crew.thread = std::thread([this, &crew] { work(crew); });
    }
    started_ = true;
    empty_trash();
}

void Engine::stop() {
    {
        const std::lock_guard lock(mutex_);
        if (!started_ || stopping_) {
            return;
        }
        stopping_ = true;
        for (const auto &[id, live] : live_) {
            live->cancel.cancel();
        }
        for (const auto &crew : crews_) {
            if (crew->loading) {
                crew->loading->cancel();
            }
        }
        changed_.notify_all();
    }
    environment_->stop();
    for (const auto &crew : crews_) {
        crew->thread.join();
        crew->runner->shut_down();
    }
    events_.close();
}

std::optional<Job> Engine::job_of_key(const IdempotencyKey &key) const {
    const auto known = store_.find_key(key.key);
    if (!known) {
        return std::nullopt;
    }
    if (known->fingerprint != key.fingerprint) {
        throw base::RequestError(base::ErrorKind::conflict, "idempotency_key_reused",
                                 "this Idempotency-Key came with another request before; use a new one",
                                 "Idempotency-Key");
    }
    return get(known->job_id);
}

Job Engine::submit(const json &document, const std::optional<std::string> &idempotency_key) {
    const Request request = parse_request(document);
    std::optional<IdempotencyKey> key;
    if (idempotency_key) {
        check_key(*idempotency_key);
        key = IdempotencyKey{*idempotency_key, fingerprint_of(document)};
        if (auto job = job_of_key(*key)) {
            return *std::move(job);
        }
    }
    const config::Config config = this->config();
    auto live = std::make_shared<LiveJob>();
    Job &job = live->job;
    job.task = resolve(request, *environment_->refresh_registry(), *environment_->catalogue(), config,
                       [this](const auto &model, const auto &prompts, const auto &words) {
                           return environment_->count_tokens(model, prompts, words);
                       });
    job.id = Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
    job.request = without_images(document);
    job.total_steps = protocol::steps_of(job.task);
    job.created_at = utc_now();

    std::unique_lock lock(mutex_);
    if (stopping_) {
        throw base::RequestError(base::ErrorKind::queue_full, "stopping",
                                 "the server is stopping; send the request again later");
    }
    if (queue_.size() >= config.queue.max_queue_size) {
        throw base::RequestError(base::ErrorKind::queue_full, "queue_full",
                                 "the queue is full: " + std::to_string(queue_.size()) + " jobs wait; try again later");
    }
    if (key) {
        // The same request may have come twice at once.
        if (const auto known = store_.find_key(key->key)) {
            lock.unlock();
            return *job_of_key(*key);
        }
    }
    store_.insert(job, key);
    take_pictures(job.task);
    queue_.push(job.id, protocol::model_of(job.task));
    live_[job.id] = live;
    number_waiting_jobs();
    publish_queued(events_, job);
    log_queued(job.id, std::get<protocol::Generate>(job.task));
    changed_.notify_one();
    return job;
}

nlohmann::json Engine::parse_prompt(const nlohmann::json &request) const {
    return prompt_report(request, *environment_->catalogue(), config(), *environment_);
}

Engine::LiveJob *Engine::find_live(std::string_view id) const {
    const auto found = live_.find(id);
    return found == live_.end() ? nullptr : found->second.get();
}

Job Engine::get(std::string_view id) const {
    {
        const std::lock_guard lock(mutex_);
        if (const LiveJob *live = find_live(id)) {
            return live->job;
        }
    }
    auto job = store_.load(id);
    if (!job) {
        throw no_such_job(id);
    }
    return *std::move(job);
}

JobPage Engine::jobs(std::optional<JobStatus> status, std::size_t limit, std::size_t offset) const {
    JobPage page = store_.jobs(status, limit, offset);
    const std::lock_guard lock(mutex_);
    for (Job &job : page.jobs) {
        // What has not ended is known better here than on the disk.
        if (const LiveJob *live = find_live(job.id); live != nullptr && !is_terminal(job.status)) {
            job = live->job;
        }
    }
    return page;
}

Job Engine::cancel(std::string_view id) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = live_.find(id);
        if (found != live_.end() && !is_terminal(found->second->job.status)) {
            const auto live = found->second;
            if (live->job.status == JobStatus::queued) {
                end_job(*live, JobStatus::cancelled, std::nullopt);
                queue_.remove(id);
                number_waiting_jobs();
                return live->job;
            }
            if (!live->job.cancel_requested) {
                store_.request_cancel(id);
                live->job.cancel_requested = true;
                spdlog::info("event=cancelling job={}", id);
            }
            live->cancel.cancel();
            return live->job;
        }
    }
    const Job job = get(id);
    throw base::RequestError(base::ErrorKind::conflict, "job_has_ended",
                             "the job is " + std::string(to_string(job.status)) +
                                 " already; there is nothing to cancel");
}

QueueState Engine::queue() const {
    const std::lock_guard lock(mutex_);
    QueueState state;
    state.paused = paused_;
    for (const auto &[id, live] : live_) {
        if (live->job.status == JobStatus::processing) {
            state.jobs.push_back(live->job);
        }
    }
    std::sort(state.jobs.begin(), state.jobs.end(),
              [](const Job &a, const Job &b) { return a.started_at < b.started_at; });
    for (const std::string &id : queue_.ids()) {
        state.jobs.push_back(live_.at(id)->job);
    }
    return state;
}

void Engine::set_paused(bool paused) {
    const std::lock_guard lock(mutex_);
    store_.set_paused(paused);
    paused_ = paused;
    spdlog::info("event={}", paused ? "queue_paused" : "queue_resumed");
    changed_.notify_all();
}

std::size_t Engine::move(std::string_view id, std::size_t position) {
    {
        const std::lock_guard lock(mutex_);
        const auto before = queue_.ids();
        if (const std::size_t place = queue_.move(id, position); place != 0) {
            try {
                store_.reorder(queue_.ids());
            } catch (...) {
                const auto old = std::find(before.begin(), before.end(), id);
                queue_.move(id, static_cast<std::size_t>(old - before.begin()) + 1);
                throw;
            }
            number_waiting_jobs();
            return place;
        }
    }
    const Job job = get(id);
    throw base::RequestError(base::ErrorKind::conflict, "job_not_waiting",
                             "the job is " + std::string(to_string(job.status)) + "; only waiting jobs can be moved");
}

EngineState Engine::state() const {
    EngineState state;
    state.worker_memory_limit = config::worker_memory_limit(config());
    state.storage_problem = writing_problem(config_.storage.output_dir);
    state.ready = environment_->ready() && state.storage_problem.empty();
    std::error_code error;
    if (const auto space = std::filesystem::space(config_.storage.output_dir, error); !error) {
        state.storage_free_bytes = space.available;
    }
    const std::lock_guard lock(mutex_);
    state.waiting = queue_.size();
    state.running = static_cast<std::size_t>(std::count_if(live_.begin(), live_.end(), [](const auto &entry) {
        return entry.second->job.status == JobStatus::processing;
    }));
    state.paused = paused_;
    for (const auto &crew : crews_) {
        state.workers.push_back({crew->runner->pid(), crew->runner->loaded_models(), crew->job_id});
    }
    return state;
}

void Engine::number_waiting_jobs() {
    std::size_t position = 0;
    for (const std::string &id : queue_.ids()) {
        live_.at(id)->job.position = ++position;
    }
}

} // namespace able::server
