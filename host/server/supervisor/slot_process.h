// One worker process: its channel, what it prints, and how it ended.
#pragma once

#include "slot.h"

#include "host/base/subprocess.h"

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace able::server {

class Slot::Process {
public:
    // Starts a worker with the plugins of `registry`. Throws std::system_error, FrameError.
    Process(const SlotOptions &options, const plugins::Registry &registry);
    // Kills it if it still runs.
    ~Process();
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;

    int pid() const noexcept { return pid_; }
    const std::string &fingerprint() const noexcept { return fingerprint_; }
    // What it was told to compute with.
    const protocol::WorkerSettings &settings() const noexcept { return settings_; }
    static protocol::WorkerSettings settings_of(const SlotOptions &options);
    int channel() const noexcept { return channel_.get(); }
    protocol::FrameReader &reader() noexcept { return reader_; }

    void send(const protocol::Order &order);
    // To the whole process group.
    void signal(int number) noexcept;
    // Does not wait.
    bool has_ended() { return wait(std::chrono::milliseconds(0)); }
    // Closes the channel and waits; kills after `grace`.
    void end(std::chrono::milliseconds grace);
    // Waits for a process whose channel broke, and says how it ended.
    std::string how_it_ended();
    // The last thing it printed that looks like an error; may be empty.
    std::string last_words();

private:
    bool wait(std::chrono::milliseconds limit);
    void drain_output();

    pid_t pid_ = 0;
    std::optional<int> status_;
    std::string fingerprint_;
    protocol::WorkerSettings settings_;
    base::Fd channel_, output_;
    base::Fd gone_; // an event: the process has ended, so what it printed is all there
    protocol::FrameReader reader_{protocol::max_report};
    std::mutex output_mutex_;
    std::deque<std::string> output_tail_;
    std::thread drainer_;
};

} // namespace able::server
