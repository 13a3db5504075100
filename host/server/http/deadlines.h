// Ends connections that take too long. A socket's own time-outs begin anew with every byte, so a slow drip passes them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace able::http {

class Deadlines {
public:
    using Clock = std::chrono::steady_clock;

    // Watches one connection as long as it exists. The watch has its own duplicate of the descriptor, so that it can
    // never shut a connection that was given the same number later. Thread-safe.
    class Watch {
    public:
        Watch(Deadlines &deadlines, int socket);
        ~Watch();
        Watch(const Watch &) = delete;
        Watch &operator=(const Watch &) = delete;

        // Shuts the connection `limit` from now unless set again or cleared before.
        void set(std::chrono::milliseconds limit);
        void clear();

    private:
        Deadlines &deadlines_;
        std::uint64_t key_;
    };

    Deadlines();
    ~Deadlines();
    Deadlines(const Deadlines &) = delete;
    Deadlines &operator=(const Deadlines &) = delete;

    // Shuts every connection now, and every later one at once. Thread-safe.
    void shut_all();

private:
    struct Entry {
        int socket = -1;
        std::optional<Clock::time_point> deadline;
    };
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::uint64_t, Entry> entries_;
    std::uint64_t next_key_ = 0;
    bool shut_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace able::http
