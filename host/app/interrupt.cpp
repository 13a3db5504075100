#include "interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

namespace able::app {

namespace {

sigset_t watched_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

// Ends the process as the signal would have, so that shells see the cause.
void die_of(int number) {
    std::signal(number, SIG_DFL);
    const sigset_t signals = watched_signals();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    raise(number);
}

} // namespace

Interrupt::Interrupt(std::function<void()> on_first) : on_first_(std::move(on_first)) {
    std::signal(SIGPIPE, SIG_IGN);
    const sigset_t signals = watched_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signals_ = signalfd(-1, &signals, SFD_CLOEXEC);
    end_ = eventfd(0, EFD_CLOEXEC);
    if (signals_ < 0 || end_ < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot watch for signals");
    }
    thread_ = std::thread([this] { watch(); });
}

Interrupt::~Interrupt() {
    eventfd_write(end_, 1);
    thread_.join();
    close(signals_);
    close(end_);
}

void Interrupt::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return happened(); });
}

void Interrupt::watch() {
    for (;;) {
        std::array<pollfd, 2> ready{pollfd{signals_, POLLIN, 0}, pollfd{end_, POLLIN, 0}};
        if (poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) {
            return;
        }
        if (ready[1].revents != 0) {
            return;
        }
        signalfd_siginfo info{};
        if (ready[0].revents == 0 || read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
            continue;
        }
        if (happened()) {
            die_of(static_cast<int>(info.ssi_signo));
            return;
        }
        {
            const std::lock_guard lock(mutex_);
            happened_ = true;
        }
        changed_.notify_all();
        if (on_first_) {
            on_first_();
        }
    }
}

} // namespace able::app
