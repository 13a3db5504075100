#include "rate.h"

namespace able::app {

namespace {

constexpr double newest_weight = 0.25; // of the newest step in the average

} // namespace

void Rate::begin(Time now) {
    last_ = now;
}

void Rate::step(Time now) {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    ++count_;
    // Steps 1 and 2 count alone: one is replaced, the other replaces it.
    seconds_ = count_ <= 2 ? seconds : seconds_ + newest_weight * (seconds - seconds_);
    last_ = now;
}

std::optional<double> Rate::per_second() const {
    return count_ > 0 && seconds_ > 0 ? std::optional(1 / seconds_) : std::nullopt;
}

std::optional<double> Rate::seconds_for(std::uint64_t steps) const {
    const std::optional<double> rate = per_second();
    return rate ? std::optional(static_cast<double>(steps) / *rate) : std::nullopt;
}

} // namespace able::app
