#include "queue.h"

#include "host/server/requests/request.h"
#include "host/server/requests/resolve.h"
#include "job_json.h"
#include "live_job.h"
#include "progress.h"

#include "host/config/logging.h"

#include <Poco/DigestEngine.h>
#include <Poco/SHA2Engine.h>
#include <Poco/UUIDGenerator.h>

#include <spdlog/spdlog.h>

#include <algorithm>

namespace able::server {
namespace {

using nlohmann::json;

constexpr std::size_t max_key_length = 255;

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

void log_queued(const std::string &id, const protocol::Generate &spec) {
    spdlog::info("event=queued job={} model={} sampler={} schedule={} steps={} images={} seed={}", id,
                 config::log_value(spec.model_id), spec.sampler, spec.sigmas.empty() ? spec.schedule : "(sigmas)",
                 spec.steps, spec.batch_size, spec.seed);
}

} // namespace

void publish_queued(EventBus &events, const Job &job) {
    json data = progress_json(job);
    data["position"] = job.position;
    events.publish("queued", job.id, std::move(data));
}

Queue::Queue(JobStore &store, Environment &environment, const Settings &settings, EventBus &events)
    : store_(store), environment_(environment), settings_(settings), events_(events) {}

Queue::~Queue() {
    stop();
}

void Queue::start() {
    const std::lock_guard lock(mutex_);
    auto unfinished = store_.recover();
    for (Job &job : unfinished) {
        // One that came before start() is here already; older ones go in front of it.
        if (find_live(job.id) != nullptr) {
            order_.remove(job.id);
            order_.push(job.id, protocol::model_of(job.task));
            continue;
        }
        spdlog::info("event=recovered job={} images_done={}", job.id, job.results.size());
        auto live = std::make_shared<LiveJob>();
        live->job = std::move(job);
        order_.push(live->job.id, protocol::model_of(live->job.task));
        live->job.position = order_.size();
        publish_queued(events_, live->job);
        live_[live->job.id] = std::move(live);
    }
    number_waiting_jobs();
    paused_ = store_.paused();
    const std::uint32_t workers = settings_.config().queue.max_concurrent;
    for (std::uint32_t i = 0; i < std::max(1U, workers); ++i) {
        crews_.push_back(std::make_unique<Crew>());
        Crew &crew = *crews_.back();
        crew.runner = environment_.make_runner();
        crew.thread = std::thread([this, &crew] { run_jobs(crew); });
    }
}

void Queue::interrupt() {
    const std::lock_guard lock(mutex_);
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
    ended_.notify_all();
}

void Queue::stop() {
    interrupt();
    for (const auto &crew : crews_) {
        if (crew->thread.joinable()) {
            crew->thread.join();
            crew->runner->shut_down();
        }
    }
}

std::optional<Job> Queue::job_of_key(const IdempotencyKey &key) const {
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

Job Queue::submit(const json &document, const std::optional<std::string> &idempotency_key, const json *as_sent) {
    const Request request = parse_request(document);
    std::optional<IdempotencyKey> key;
    if (idempotency_key) {
        check_key(*idempotency_key);
        key = IdempotencyKey{*idempotency_key, fingerprint_of(as_sent == nullptr ? document : *as_sent)};
        if (auto job = job_of_key(*key)) {
            return *std::move(job);
        }
    }
    const config::Config config = settings_.config();
    auto live = std::make_shared<LiveJob>();
    Job &job = live->job;
    job.task =
        resolve(request, *environment_.refresh_registry(), *environment_.catalogue(), config, inquiries(environment_));
    job.request = without_images(document);
    return enqueue(live, key);
}

Job Queue::enqueue(const std::shared_ptr<LiveJob> &live, const std::optional<IdempotencyKey> &key) {
    Job &job = live->job;
    job.id = Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
    job.total_steps = expected_steps(job);
    job.created_at = utc_now();

    std::unique_lock lock(mutex_);
    if (stopping_) {
        throw base::RequestError(base::ErrorKind::queue_full, "stopping",
                                 "the server is stopping; send the request again later");
    }
    if (order_.size() >= settings_.config().queue.max_queue_size) {
        throw base::RequestError(base::ErrorKind::queue_full, "queue_full",
                                 "the queue is full: " + std::to_string(order_.size()) + " jobs wait; try again later");
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
    order_.push(job.id, protocol::model_of(job.task));
    live_[job.id] = live;
    number_waiting_jobs();
    publish_queued(events_, job);
    log_queued(job.id, std::get<protocol::Generate>(job.task));
    changed_.notify_one();
    return job;
}

Job Queue::retry(std::string_view id) {
    const Job failed = get(id);
    if (failed.status != JobStatus::failed) {
        throw base::RequestError(base::ErrorKind::conflict, "job_has_not_failed",
                                 "the job is " + std::string(to_string(failed.status)) +
                                     "; only a job that failed can be tried again");
    }
    Pictures pictures = store_.load_pictures(id);
    const auto lacks = [&](const char *field, const std::vector<std::uint8_t> &picture) {
        return failed.request.contains(field) && picture.empty();
    };
    if (lacks("init_image", pictures.init_image) || lacks("mask", pictures.mask)) {
        throw base::RequestError(base::ErrorKind::conflict, "pictures_gone",
                                 "the pictures that came with the job were kept for a day and are gone; send the "
                                 "request again");
    }
    auto live = std::make_shared<LiveJob>();
    live->job.task = failed.task;
    live->job.request = failed.request;
    put_pictures(live->job.task, std::move(pictures));
    return enqueue(live, std::nullopt);
}

Queue::LiveJob *Queue::find_live(std::string_view id) const {
    const auto found = live_.find(id);
    return found == live_.end() ? nullptr : found->second.get();
}

Job Queue::get(std::string_view id) const {
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

std::optional<Job> Queue::wait(std::string_view id, std::chrono::steady_clock::time_point deadline) const {
    {
        std::unique_lock lock(mutex_);
        const bool ended = ended_.wait_until(lock, deadline, [&] { return stopping_ || !is_live(id); });
        if (!ended || is_live(id)) {
            return std::nullopt;
        }
    }
    return get(id);
}

bool Queue::is_unfinished(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    return is_live(id);
}

bool Queue::is_live(std::string_view id) const {
    const LiveJob *live = find_live(id);
    return live != nullptr && !is_terminal(live->job.status);
}

JobPage Queue::jobs(std::optional<JobStatus> status, std::size_t limit, std::size_t offset) const {
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

Job Queue::cancel(std::string_view id) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = live_.find(id);
        if (found != live_.end() && !is_terminal(found->second->job.status)) {
            const auto live = found->second;
            if (live->job.status == JobStatus::queued) {
                end_job(*live, JobStatus::cancelled, std::nullopt);
                order_.remove(id);
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

QueueState Queue::state() const {
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
    for (const std::string &id : order_.ids()) {
        state.jobs.push_back(live_.at(id)->job);
    }
    return state;
}

void Queue::set_limits(const config::Config &config) {
    const std::lock_guard lock(mutex_);
    for (const auto &crew : crews_) {
        crew->runner->set_limits(config);
    }
}

void Queue::set_paused(bool paused) {
    const std::lock_guard lock(mutex_);
    store_.set_paused(paused);
    paused_ = paused;
    spdlog::info("event={}", paused ? "queue_paused" : "queue_resumed");
    changed_.notify_all();
}

std::size_t Queue::move(std::string_view id, std::size_t position) {
    {
        const std::lock_guard lock(mutex_);
        const auto before = order_.ids();
        if (const std::size_t place = order_.move(id, position); place != 0) {
            try {
                store_.reorder(order_.ids());
            } catch (...) {
                const auto old = std::find(before.begin(), before.end(), id);
                order_.move(id, static_cast<std::size_t>(old - before.begin()) + 1);
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

WorkState Queue::work() const {
    WorkState state;
    const std::lock_guard lock(mutex_);
    state.waiting = order_.size();
    state.running = static_cast<std::size_t>(std::count_if(live_.begin(), live_.end(), [](const auto &entry) {
        return entry.second->job.status == JobStatus::processing;
    }));
    state.paused = paused_;
    for (const auto &crew : crews_) {
        state.workers.push_back({crew->runner->pid(), crew->runner->loaded_models(), crew->job_id});
    }
    return state;
}

void Queue::number_waiting_jobs() {
    std::size_t position = 0;
    for (const std::string &id : order_.ids()) {
        live_.at(id)->job.position = ++position;
    }
}

} // namespace able::server
