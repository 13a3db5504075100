// The order of waiting jobs.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

// First in, first out, but a worker takes a job with a model it holds before others: loading a model can take longer
// than a job. No job is passed over more than `max_passes` times. Not thread-safe.
class JobOrder {
public:
    static constexpr unsigned max_passes = 3;

    using Time = std::chrono::steady_clock::time_point;

    void push(std::string id, std::string model);
    // In front of all others; not to be taken before `due`.
    void push_front(std::string id, std::string model, Time due);
    // The job for a worker that holds `loaded_models`; nothing if none waits that may be taken `now`.
    std::optional<std::string> take(const std::vector<std::string> &loaded_models,
                                    Time now = std::chrono::steady_clock::now());
    // From when on there is a job to take; the end of time if none waits.
    Time due() const;
    // False if it does not wait.
    bool remove(std::string_view id);
    // To `position`, from 1; beyond the end is the end. Returns where it is then; 0 if it does not wait.
    std::size_t move(std::string_view id, std::size_t position);
    // In order.
    std::vector<std::string> ids() const;
    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct Entry {
        std::string id, model;
        unsigned passes = 0;
        Time due = Time::min();
    };
    std::deque<Entry>::iterator find(std::string_view id);

    std::deque<Entry> entries_;
};

} // namespace able::server
