#include "interrupt.h"

#include <sys/socket.h>

namespace able::downloads {

Interrupt::Watch::Watch(Interrupt &interrupt, int socket) : interrupt_(interrupt) {
    const std::lock_guard lock(interrupt_.mutex_);
    interrupt_.socket_ = socket;
    if (interrupt_.stopped_) {
        ::shutdown(socket, SHUT_RDWR);
    }
}

Interrupt::Watch::~Watch() {
    const std::lock_guard lock(interrupt_.mutex_);
    interrupt_.socket_ = -1;
}

void Interrupt::stop() noexcept {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (socket_ >= 0) {
        ::shutdown(socket_, SHUT_RDWR);
    }
    changed_.notify_all();
}

bool Interrupt::stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
}

bool Interrupt::wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, time, [this] { return stopped_; });
}

} // namespace able::downloads
