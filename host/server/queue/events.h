// What happens to jobs, as a numbered stream that any number of readers follow at their own pace.
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace able::server {

// "queued", "started", "phase", "step", "image", "completed", "failed" or "cancelled".
// NOLINTNEXTLINE(bugprone-exception-escape): moving json asserts, it does not throw
struct Event {
    std::uint64_t id = 0; // grows, also from one run of the server to the next
    std::string type;
    std::string job_id;
    nlohmann::json data;
};

// Whether an event of this type is a job's last.
bool is_final_event(const std::string &type);

struct EventHistory {
    std::size_t max_events = 4096;
    std::size_t max_bytes = 32U << 20; // of event data, previews above all
};

class EventBus {
public:
    // What a reader gets next.
    struct Next {
        std::shared_ptr<const Event> event; // null: nothing came in time, or the bus is closed
        bool missed = false;                // events before this one are gone; ask for the present state
        bool closed = false;
    };

    // Reads on from a place in the history. Not thread-safe; any number may exist.
    class Reader {
    public:
        // Waits up to `patience`.
        Next next(std::chrono::milliseconds patience);

    private:
        friend class EventBus;
        Reader(EventBus &bus, std::optional<std::string> job, std::uint64_t after)
            : bus_(bus), job_(std::move(job)), after_(after) {}
        EventBus &bus_;
        std::optional<std::string> job_;
        std::uint64_t after_;
    };

    explicit EventBus(EventHistory limits = {});
    EventBus(const EventBus &) = delete;
    EventBus &operator=(const EventBus &) = delete;

    // Never waits for a reader. Returns the event's id.
    std::uint64_t publish(std::string type, std::string job_id, nlohmann::json data);

    // Every event after `last_event_id`, of one job or of all; an id that this bus never gave out counts as the start
    // of its history. Without one: a job's reader starts at the start of the history, one of all jobs with the next
    // event.
    Reader read(std::optional<std::string> job, std::optional<std::uint64_t> last_event_id);

    // Wakes every reader for good.
    void close();

private:
    Next take(const std::optional<std::string> &job, std::uint64_t &after);

    const EventHistory limits_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::pair<std::shared_ptr<const Event>, std::size_t>> history_; // with the size of each
    std::size_t bytes_ = 0;
    std::uint64_t first_id_; // the first that this bus gives out
    std::uint64_t last_id_;
    bool closed_ = false;
};

} // namespace able::server
