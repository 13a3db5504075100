#include "rate.h"

namespace able::app {

void Rate::begin(Time now) { last_ = now; }

void Rate::step(Time now) {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    (count_ == 0 ? first_ : others_) += seconds;
    ++count_;
    last_ = now;
}

std::optional<double> Rate::per_second() const {
    if (count_ == 0) {
        return std::nullopt;
    }
    const double seconds = count_ == 1 ? first_ : others_;
    const double steps = count_ == 1 ? 1 : static_cast<double>(count_ - 1);
    return seconds > 0 ? std::optional(steps / seconds) : std::nullopt;
}

std::optional<double> Rate::seconds_for(std::uint64_t steps) const {
    const std::optional<double> rate = per_second();
    return rate ? std::optional(static_cast<double>(steps) / *rate) : std::nullopt;
}

} // namespace able::app
