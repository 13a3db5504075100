// SIGINT and SIGTERM as an event of the program, rather than its end.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace able::app {

// While one exists, the first signal is an event; the second ends the program at once. Make it before any other thread
// starts, since threads inherit the blocked signals. Ignores SIGPIPE too: a peer that is gone is an error to handle.
class Interrupt {
public:
    // `on_first` is called on another thread, once.
    explicit Interrupt(std::function<void()> on_first = {});
    ~Interrupt();
    Interrupt(const Interrupt &) = delete;
    Interrupt &operator=(const Interrupt &) = delete;

    // Returns once a signal has come.
    void wait();
    bool happened() const noexcept { return happened_.load(); }

private:
    void watch();

    std::function<void()> on_first_;
    std::atomic<bool> happened_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    int signals_ = -1;
    int end_ = -1;
    std::thread thread_;
};

} // namespace able::app
