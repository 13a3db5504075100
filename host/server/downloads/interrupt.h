// Stops what a download is doing, from another thread and at once.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace able::downloads {

class Interrupt {
public:
    // While it lives, stop() shuts this socket, so that reads from it end.
    class Watch {
    public:
        Watch(Interrupt &interrupt, int socket);
        ~Watch();
        Watch(const Watch &) = delete;
        Watch &operator=(const Watch &) = delete;

    private:
        Interrupt &interrupt_;
    };

    void stop() noexcept;
    bool stopped() const;
    // Waits; true if it was stopped meanwhile.
    bool wait(std::chrono::milliseconds time);

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stopped_ = false;
    int socket_ = -1;
};

} // namespace able::downloads
