// How fast steps come, and how long the rest will take.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace able::app {

class Rate {
public:
    using Time = std::chrono::steady_clock::time_point;

    // Sampling begins, or begins again: for the next image, say.
    void begin(Time now);
    // One more step is done.
    void step(Time now);
    // Steps a second, with more weight on recent steps; nothing before the first one. The first step of all is left out
    // once there are others, since it holds what is only done once.
    std::optional<double> per_second() const;
    // Seconds that `steps` more will take.
    std::optional<double> seconds_for(std::uint64_t steps) const;

private:
    Time last_{};
    double seconds_ = 0; // a step, averaged
    std::uint64_t count_ = 0;
};

} // namespace able::app
