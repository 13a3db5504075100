#include "slot_process.h"

#include "host/base/plain_text.h"

#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace able::server {

namespace {

constexpr std::chrono::milliseconds send_limit{30000};
constexpr std::size_t tail_lines = 20;
constexpr std::size_t max_line = 4096;
constexpr std::size_t max_after_end = 1U << 20; // bytes: more is of a process that was left behind

} // namespace

protocol::WorkerSettings Slot::Process::settings_of(const SlotOptions &options) {
    const config::Inference &inference = options.inference;
    return {inference.device, inference.dtype, inference.threads, inference.memory_limit, inference.vae_tiling};
}

Slot::Process::Process(const SlotOptions &options, const plugins::Registry &registry)
    : fingerprint_(registry.fingerprint()), settings_(settings_of(options)) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    channel_ = base::Fd(ends[0]);
    const base::Fd theirs(ends[1]);
    base::Pipe output = base::make_pipe();
    pid_ = base::spawn({options.executable.string(), "worker", "--fd", "3"},
                       {-1, output.write.get(), output.write.get(), theirs.get()});
    output_ = std::move(output.read);
    gone_ = base::Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    drainer_ = std::thread([this] { drain_output(); });
    try {
        send(protocol::Hello{settings_, plugins::plugins_to_json(registry)});
    } catch (const protocol::FrameError &) {
        // It died at once; the job's first read will find out and say how.
        spdlog::warn("event=worker_start_failed pid={}", pid_);
    }
}

Slot::Process::~Process() {
    end(std::chrono::milliseconds(0));
    // A child that a plugin has detached may hold the pipe for as long as it likes.
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto wrote = write(gone_.get(), &one, sizeof one);
    drainer_.join();
}

void Slot::Process::send(const protocol::Order &order) {
    protocol::send(channel_.get(), order, send_limit);
}

void Slot::Process::signal(int number) noexcept {
    if (!status_) {
        kill(-pid_, number);
    }
}

bool Slot::Process::wait(std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!status_) {
        int status = 0;
        const pid_t ended = waitpid(pid_, &status, WNOHANG);
        if (ended == pid_ || (ended < 0 && errno == ECHILD)) {
            status_ = status;
            // Children of a plugin go with it.
            kill(-pid_, SIGKILL);
            break;
        }
        if (std::chrono::steady_clock::now() >= deadline) {
            return false;
        }
        poll(nullptr, 0, 5);
    }
    return true;
}

void Slot::Process::end(std::chrono::milliseconds grace) {
    channel_.reset();
    if (!wait(grace)) {
        kill(-pid_, SIGKILL);
        wait(std::chrono::hours(1));
    }
}

std::string Slot::Process::how_it_ended() {
    // A plugin may close the channel and go on.
    if (!wait(std::chrono::milliseconds(2000))) {
        kill(-pid_, SIGKILL);
        wait(std::chrono::hours(1));
        return "closed its channel";
    }
    return base::describe_exit(*status_);
}

std::string Slot::Process::last_words() {
    const std::lock_guard lock(output_mutex_);
    return output_tail_.empty() ? std::string() : output_tail_.back();
}

void Slot::Process::drain_output() {
    std::string line;
    std::size_t after_end = 0; // bytes read since the process ended
    std::array<char, 4096> buffer;
    for (;;) {
        std::array<pollfd, 2> polls{{{output_.get(), POLLIN, 0}, {gone_.get(), POLLIN, 0}}};
        poll(polls.data(), polls.size(), -1);
        const bool ended = polls[1].revents != 0;
        if (ended && (polls[0].revents == 0 || after_end > max_after_end)) {
            return;
        }
        if (polls[0].revents == 0) {
            continue;
        }
        const ssize_t got = read(output_.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return;
        }
        after_end += ended ? static_cast<std::size_t>(got) : 0;
        for (ssize_t i = 0; i < got; ++i) {
            const char c = buffer[static_cast<std::size_t>(i)];
            if (c != '\n' && line.size() < max_line) {
                line += c;
                continue;
            }
            line = base::plain_text(line, max_line);
            spdlog::info("event=worker_output pid={} line=\"{}\"", pid_, line);
            const std::lock_guard lock(output_mutex_);
            output_tail_.push_back(std::move(line));
            line.clear();
            if (output_tail_.size() > tail_lines) {
                output_tail_.pop_front();
            }
        }
    }
}

} // namespace able::server
