#include "deadlines.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace able::http {

Deadlines::Watch::Watch(Deadlines &deadlines, int socket) : deadlines_(deadlines) {
    const int duplicate = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    const std::lock_guard lock(deadlines_.mutex_);
    key_ = deadlines_.next_key_++;
    deadlines_.entries_[key_] = {duplicate, std::nullopt};
    if (deadlines_.shut_ || duplicate < 0) {
        // Without a duplicate there is no watch, and without a watch no connection.
        ::shutdown(socket, SHUT_RDWR);
    }
}

Deadlines::Watch::~Watch() {
    const std::lock_guard lock(deadlines_.mutex_);
    const auto entry = deadlines_.entries_.find(key_);
    if (entry->second.socket >= 0) {
        ::close(entry->second.socket);
    }
    deadlines_.entries_.erase(entry);
}

void Deadlines::Watch::set(std::chrono::milliseconds limit) {
    const std::lock_guard lock(deadlines_.mutex_);
    deadlines_.entries_[key_].deadline = Clock::now() + limit;
    deadlines_.changed_.notify_one();
}

void Deadlines::Watch::clear() {
    const std::lock_guard lock(deadlines_.mutex_);
    deadlines_.entries_[key_].deadline.reset();
}

Deadlines::Deadlines() : thread_([this] { run(); }) {}

Deadlines::~Deadlines() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Deadlines::shut_all() {
    const std::lock_guard lock(mutex_);
    shut_ = true;
    for (const auto &[key, entry] : entries_) {
        ::shutdown(entry.socket, SHUT_RDWR);
    }
}

void Deadlines::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto now = Clock::now();
        std::optional<Clock::time_point> earliest;
        for (auto &[key, entry] : entries_) {
            if (!entry.deadline) {
                continue;
            }
            if (*entry.deadline <= now) {
                ::shutdown(entry.socket, SHUT_RDWR);
                entry.deadline.reset();
                continue;
            }
            if (!earliest || *entry.deadline < *earliest) {
                earliest = entry.deadline;
            }
        }
        if (earliest) {
            changed_.wait_until(lock, *earliest);
        } else {
            changed_.wait(lock);
        }
    }
}

} // namespace able::http
