// Noise for solvers of stochastic differential equations, as increments of one Brownian path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace able::worker {

// The first `count` words of numpy.random.SeedSequence(entropy, spawn_key=..., pool_size=24).generate_state(count); an
// empty `spawn_key` is none. O'Neill 2015, "Developing a seed_seq Alternative"; numpy/random/bit_generator.pyx.
std::vector<std::uint32_t> seed_sequence(std::uint64_t entropy, std::span<const std::uint32_t> spawn_key,
                                         std::size_t count);

// Brownian paths W over levels from `low` to `high`, one for each of `count` values, made from a seed. Draws for
// passages that overlap agree, whatever their number and order: torchsde's BrownianTree, by way of k-diffusion's
// BrownianTreeNoiseSampler, with a generator of torch's for each node. Nodes meet at levels rounded to 6 decimals.
//
// One tree is one image's; not for use by two threads at once.
class BrownianTree {
public:
    // Wants 0 < low < high.
    BrownianTree(std::uint64_t seed, double low, double high, std::size_t count);

    // out = (W(to) - W(from)) / sqrt(|to - from|), unit normal; levels outside the tree count as its ends. `out` holds
    // `count` values.
    void normal(double from, double to, std::span<float> out);

private:
    struct Point {
        double level = -1;
        std::vector<double> path; // W(level) - W(low)
    };

    const std::vector<double> &path_to(double level);
    std::vector<double> walk_to(double level) const;
    double clamped(double level) const;

    std::uint64_t seed_;
    double low_, high_;
    std::vector<double> whole_;   // W(high) - W(low)
    std::array<Point, 3> recent_; // the ends of the last passages: the next one begins at one of them
    std::size_t oldest_ = 0;
};

} // namespace able::worker
