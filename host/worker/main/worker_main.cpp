#include "worker_main.h"

#include "host/protocol/messages.h"
#include "process_settings.h"
#include "runner.h"

#include "host/images/image.h"
#include "host/models/error.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include <sys/socket.h>
#include <unistd.h>

namespace able::worker {

namespace {

constexpr std::chrono::milliseconds send_limit{60000};

// Sends reports over the channel. What cannot be sent has no reader: the process is about to end.
class Reports {
public:
    explicit Reports(int fd) : fd_(fd) {}

    // Whose the reports are from now on.
    void begin(protocol::RunRef of) {
        const std::lock_guard lock(mutex_);
        of_ = std::move(of);
    }
    void send(const protocol::Report &report) {
        const std::lock_guard lock(mutex_);
        protocol::send(fd_, report, of_, send_limit);
    }

private:
    int fd_;
    std::mutex mutex_; // a plugin may log from any thread
    protocol::RunRef of_;
};

protocol::Done failed(std::string code, std::string error) {
    return {protocol::Ending::failed, std::move(code), std::move(error)};
}

const char *code_of(able_status status) {
    switch (status) {
    case ABLE_OUT_OF_MEMORY:
        return "out_of_memory";
    case ABLE_BAD_FILE:
    case ABLE_NOT_FOUND:
        return "bad_model";
    case ABLE_UNSUPPORTED:
        return "unsupported";
    case ABLE_INVALID_ARGUMENT:
        return "invalid_argument";
    case ABLE_DEVICE_ERROR:
        return "device_error";
    default:
        return "plugin_failed";
    }
}

// Everything between the loop and the plugins.
class Worker {
public:
    explicit Worker(int fd) : fd_(fd), reports_(fd) {}

    int serve() {
        std::thread listener([this] { listen(); });
        listener.detach(); // lives as long as the process
        for (;;) {
            const protocol::Order order = take();
            if (const auto *hello = std::get_if<protocol::Hello>(&order)) {
                greet(*hello);
            } else if (const auto *run = std::get_if<protocol::RunTask>(&order)) {
                work(*run);
            }
        }
    }

private:
    // Reads the channel for as long as there is somebody at the other end; a plugin that hangs does not delay it.
    void listen() {
        protocol::FrameReader reader;
        try {
            while (reader.read_some(fd_)) {
                while (auto order = protocol::next_order(reader)) {
                    const std::lock_guard lock(mutex_);
                    if (std::holds_alternative<protocol::Cancel>(*order)) {
                        if (job_ != nullptr) {
                            job_->cancel();
                        }
                        cancel_pending_ = job_ == nullptr && !orders_.empty();
                        continue;
                    }
                    orders_.push_back(*std::move(order));
                    arrived_.notify_one();
                }
            }
        } catch (const std::exception &error) {
            static_cast<void>(std::fprintf(stderr, "worker: %s\n", error.what()));
        }
        // The server closed the channel or is gone. No destructor of a plugin gets a chance to hang.
        _exit(0);
    }

    protocol::Order take() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !orders_.empty(); });
        auto order = std::move(orders_.front());
        orders_.pop_front();
        return order;
    }

    void greet(const protocol::Hello &hello) {
        config::Inference settings;
        settings.device = hello.settings.device;
        settings.dtype = hello.settings.dtype;
        settings.threads = hello.settings.threads;
        settings.memory_limit = hello.settings.memory_limit;
        settings.vae_tiling = hello.settings.vae_tiling;
        plugins_.emplace(hello.plugins);
        runner_.emplace(*plugins_, settings);
    }

    void work(const protocol::RunTask &run) {
        reports_.begin(run.ref());
        plugins::JobContext job;
        job.on_log = [this](int level, const std::string &line) {
            reports_.send(protocol::Log{static_cast<std::uint8_t>(std::clamp(level, 0, UINT8_MAX)), line});
        };
        {
            const std::lock_guard lock(mutex_);
            job_ = &job;
            if (std::exchange(cancel_pending_, false)) {
                job.cancel();
            }
        }
        const auto outcome = attempt(run, job);
        {
            const std::lock_guard lock(mutex_);
            job_ = nullptr;
        }
        reports_.send(outcome);
        return_freed_memory(); // what the job worked with
    }

    protocol::Done attempt(const protocol::RunTask &run, plugins::JobContext &job) {
        try {
            runner_.value().run(run, job, [this](const protocol::Report &report) { reports_.send(report); });
            return {};
        } catch (const plugins::CallError &error) {
            return error.status() == ABLE_CANCELLED ? protocol::Done{protocol::Ending::cancelled}
                                                    : failed(code_of(error.status()), error.what());
        } catch (const models::ModelError &error) {
            return failed(code_of(error.status()), error.what());
        } catch (const images::ImageError &error) {
            return failed("bad_image", error.what());
        } catch (const plugins::PluginError &error) {
            return failed("plugin_failed", error.what());
        } catch (const plugins::ParamError &error) {
            return failed("invalid_argument", error.what());
        } catch (const std::bad_alloc &) {
            return failed("out_of_memory", "out of memory; try a smaller image");
        } catch (const std::exception &error) {
            return failed("internal", error.what());
        }
    }

    int fd_;
    Reports reports_;
    std::optional<PluginSet> plugins_;
    std::optional<Runner> runner_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<protocol::Order> orders_;
    plugins::JobContext *job_ = nullptr;
    bool cancel_pending_ = false;
};

} // namespace

int worker_main(int fd) {
    // What plugins print goes where the server's log picks it up.
    dup2(STDERR_FILENO, STDOUT_FILENO);
    let_waiting_threads_sleep();
    keep_freed_memory();
    return Worker(fd).serve();
}

} // namespace able::worker
