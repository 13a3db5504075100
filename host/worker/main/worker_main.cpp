#include "worker_main.h"

#include "host/protocol/frame.h"
#include "process_settings.h"
#include "runner.h"

#include "host/images/image.h"
#include "host/models/error.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

namespace able::worker {

namespace {

constexpr std::chrono::milliseconds kSendLimit{60000};

// Sends reports over the channel. What cannot be sent has no reader: the process is about to end.
class ChannelSink final : public RunnerSink {
public:
    explicit ChannelSink(int fd) : fd_(fd) {}

    void send(const nlohmann::json &frame) {
        const std::lock_guard lock(mutex_);
        protocol::send_frame(fd_, frame, kSendLimit);
    }
    void phase(const protocol::Phase &phase, const std::string &where) override {
        send({{"type", "phase"}, {"name", phase.name}, {"fraction", phase.fraction}, {"where", where}});
    }
    void loaded(const std::vector<std::string> &model_ids, bool fresh) override {
        send({{"type", "loaded"}, {"models", model_ids}, {"fresh", fresh}});
    }
    void step(const protocol::Step &step) override {
        send({{"type", "step"},
              {"image", step.image},
              {"step", step.step},
              {"steps", step.steps},
              {"preview", nlohmann::json::binary(step.preview_png)}});
    }
    void image(const protocol::ImageDone &image) override {
        send({{"type", "image"},
              {"image", image.image},
              {"path", image.path},
              {"seed", image.seed},
              {"width", image.width},
              {"height", image.height},
              {"metadata", image.metadata}});
    }

private:
    int fd_;
    std::mutex mutex_; // a plugin may log from any thread
};

nlohmann::json done(const char *kind, const std::string &code = {}, const std::string &error = {}) {
    return {{"type", "done"}, {"kind", kind}, {"code", code}, {"error", error}};
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
    explicit Worker(int fd) : fd_(fd), sink_(fd) {}

    int serve() {
        std::thread listener([this] { listen(); });
        listener.detach(); // lives as long as the process
        for (;;) {
            const auto frame = take();
            if (frame.at("type") == "hello") {
                greet(frame);
            } else {
                work(frame);
            }
        }
    }

private:
    // Reads the channel for as long as there is somebody at the other end; a plugin that hangs does not delay it.
    void listen() {
        protocol::FrameReader reader;
        try {
            while (reader.read_some(fd_)) {
                while (auto frame = reader.next()) {
                    const std::lock_guard lock(mutex_);
                    if (frame->at("type") == "cancel") {
                        if (job_ != nullptr) {
                            job_->cancel();
                        }
                        cancel_pending_ = job_ == nullptr && !frames_.empty();
                        continue;
                    }
                    frames_.push_back(std::move(*frame));
                    arrived_.notify_one();
                }
            }
        } catch (const std::exception &error) {
            static_cast<void>(std::fprintf(stderr, "worker: %s\n", error.what()));
        }
        // The server closed the channel or is gone. No destructor of a plugin gets a chance to hang.
        _exit(0);
    }

    nlohmann::json take() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return !frames_.empty(); });
        auto frame = std::move(frames_.front());
        frames_.pop_front();
        return frame;
    }

    void greet(const nlohmann::json &frame) {
        config::Inference settings;
        frame.at("device").get_to(settings.device);
        frame.at("dtype").get_to(settings.dtype);
        frame.at("threads").get_to(settings.threads);
        frame.at("memory_limit").get_to(settings.memory_limit);
        frame.at("vae_tiling").get_to(settings.vae_tiling);
        plugins_.emplace(frame.at("plugins"));
        runner_.emplace(*plugins_, settings);
    }

    void work(const nlohmann::json &frame) {
        plugins::JobContext job;
        job.on_log = [this](int level, const std::string &line) {
            sink_.send({{"type", "log"}, {"level", level}, {"line", line}});
        };
        {
            const std::lock_guard lock(mutex_);
            job_ = &job;
            if (std::exchange(cancel_pending_, false)) {
                job.cancel();
            }
        }
        const auto outcome = attempt(frame, job);
        {
            const std::lock_guard lock(mutex_);
            job_ = nullptr;
        }
        sink_.send(outcome);
        return_freed_memory(); // what the job worked with
    }

    nlohmann::json attempt(const nlohmann::json &frame, plugins::JobContext &job) {
        try {
            const auto spec = frame.at("spec").get<protocol::Generate>();
            runner_.value().run(spec, job, sink_);
            return done("completed");
        } catch (const plugins::CallError &error) {
            return error.status() == ABLE_CANCELLED ? done("cancelled")
                                                    : done("failed", code_of(error.status()), error.what());
        } catch (const models::ModelError &error) {
            return done("failed", code_of(error.status()), error.what());
        } catch (const images::ImageError &error) {
            return done("failed", "bad_image", error.what());
        } catch (const plugins::PluginError &error) {
            return done("failed", "plugin_failed", error.what());
        } catch (const plugins::ParamError &error) {
            return done("failed", "invalid_argument", error.what());
        } catch (const std::bad_alloc &) {
            return done("failed", "out_of_memory", "out of memory; try a smaller image");
        } catch (const std::exception &error) {
            return done("failed", "internal", error.what());
        }
    }

    int fd_;
    ChannelSink sink_;
    std::optional<PluginSet> plugins_;
    std::optional<Runner> runner_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<nlohmann::json> frames_;
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
