#include "events.h"

namespace able::server {
namespace {

// Ids go on growing over a restart: a run gives out fewer than a million a second.
std::uint64_t id_of_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

} // namespace

bool is_final_event(const std::string &type) {
    return type == "completed" || type == "failed" || type == "cancelled";
}

EventBus::EventBus(EventHistory limits) : limits_(limits), first_id_(id_of_now()), last_id_(first_id_ - 1) {}

std::uint64_t EventBus::publish(std::string type, std::string job_id, nlohmann::json data) {
    std::size_t size = 256;
    for (const auto &value : data) {
        size += value.is_string() ? value.get_ref<const std::string &>().size() : 32;
    }
    auto event = std::make_shared<Event>();
    event->type = std::move(type);
    event->job_id = std::move(job_id);
    event->data = std::move(data);
    const std::lock_guard lock(mutex_);
    event->id = ++last_id_;
    history_.emplace_back(std::move(event), size);
    bytes_ += size;
    while (history_.size() > 1 && (history_.size() > limits_.max_events || bytes_ > limits_.max_bytes)) {
        bytes_ -= history_.front().second;
        history_.pop_front();
    }
    changed_.notify_all();
    return last_id_;
}

EventBus::Reader EventBus::read(std::optional<std::string> job, std::optional<std::uint64_t> last_event_id) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t oldest = history_.empty() ? last_id_ + 1 : history_.front().first->id;
    if (!last_event_id) {
        const std::uint64_t after = job ? oldest - 1 : last_id_;
        return Reader(*this, std::move(job), after);
    }
    const bool known = *last_event_id + 1 >= first_id_ && *last_event_id <= last_id_;
    return Reader(*this, std::move(job), known ? *last_event_id : first_id_ - 1);
}

EventBus::Next EventBus::Reader::next(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::unique_lock lock(bus_.mutex_);
    for (;;) {
        if (bus_.closed_) {
            return {nullptr, false, true};
        }
        if (Next next = bus_.take(job_, after_); next.event || next.missed) {
            return next;
        }
        if (bus_.changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
            return bus_.closed_ ? Next{nullptr, false, true} : bus_.take(job_, after_);
        }
    }
}

EventBus::Next EventBus::take(const std::optional<std::string> &job, std::uint64_t &after) {
    Next next;
    if (history_.empty()) {
        return next;
    }
    const std::uint64_t oldest = history_.front().first->id;
    if (after + 1 < oldest) {
        next.missed = true;
        after = oldest - 1;
    }
    for (std::size_t i = after + 1 - oldest; i < history_.size(); ++i) {
        const auto &event = history_[i].first;
        after = event->id;
        if (!job || event->job_id == *job) {
            next.event = event;
            return next;
        }
    }
    return next;
}

void EventBus::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

} // namespace able::server
