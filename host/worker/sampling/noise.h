// The noise that torch.randn draws on a CPU.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <span>

namespace able::worker {

// Unit normal floats, the stream of `torch.Generator("cpu").manual_seed(seed)` feeding float32 torch.randn: mt19937 and
// the Box-Muller transform of ATen/native/cpu/DistributionTemplates.h (normal_fill) and ATen/core/DistributionsHelper.h
// (normal_distribution). The transform is done in double and rounded once, so that every machine gets the same bits;
// torch computes in fp32, with errors of about 1e-6 that differ between its own builds.
//
// One generator is one image's stream; not for use by two threads at once.
class TorchGenerator {
public:
    // Only the low 32 bits count, as in torch.
    explicit TorchGenerator(std::uint64_t seed);

    // What it was made from, all 64 bits.
    std::uint64_t seed() const noexcept { return seed_; }

    // Fills `out` as one torch.randn of that many elements: calls of fewer than 16 and of 16 or more follow different
    // rules, so splitting a call gives other numbers (unless each part is a multiple of 16).
    void normal(std::span<float> out);

private:
    double uniform24();
    double uniform53();
    void fill_block(std::span<float, 16> block);
    double next_double();

    std::uint64_t seed_;
    std::mt19937 engine_;
    std::optional<double> spare_; // of the path for fewer than 16; outlives calls, as in torch
};

} // namespace able::worker
