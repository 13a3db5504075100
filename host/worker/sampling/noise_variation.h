// Noise made of other noise: variation seeds, and the noise of another size.
//
// Both as in AUTOMATIC1111's web UI (modules/rng.py), whose users expect the same picture from the same settings.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace able::worker {

// Of one image's latents.
struct LatentShape {
    std::size_t channels = 0, height = 0, width = 0;

    std::size_t elements() const noexcept { return channels * height * width; }
    bool operator==(const LatentShape &) const = default;
};

// The noise at `strength` of the way, 0 to 1, from `low` to `high`, along the arc between them (Shoemake 1985, slerp):
// column by column, vectors running along the height. Where the two are all but the same there is no arc; then it is
// strength * low + (1 - strength) * high, as in the UI.
std::vector<float> slerp(double strength, std::span<const float> low, std::span<const float> high,
                         const LatentShape &shape);

// Lays the noise of a smaller picture over the middle of `onto`, or the middle of a larger one's over all of it, each
// way by itself: the picture's subject stays what it is where the size changes. Wants as many channels in both.
void paste_centred(std::span<float> onto, const LatentShape &onto_shape, std::span<const float> noise,
                   const LatentShape &noise_shape);

} // namespace able::worker
