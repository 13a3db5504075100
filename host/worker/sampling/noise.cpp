#include "noise.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace able::worker {

namespace {

constexpr std::size_t block_size = 16;
constexpr std::size_t half_block = block_size / 2;

// Two independent normals from two uniforms: radius from a number in (0, 1], angle from one in [0, 1).
struct Pair {
    double first, second;
};

Pair box_muller(double minus_two_log, double turn) {
    const double radius = std::sqrt(minus_two_log);
    const double angle = 2.0 * std::numbers::pi * turn;
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

} // namespace

TorchGenerator::TorchGenerator(std::uint64_t seed) : seed_(seed), engine_(static_cast<std::uint32_t>(seed)) {}

void TorchGenerator::normal(std::span<float> out) {
    if (out.size() < block_size) {
        std::generate(out.begin(), out.end(), [this] { return static_cast<float>(next_double()); });
        return;
    }
    // torch draws all uniforms first, then transforms block by block in place; as the blocks are disjoint and in order,
    // that is one block at a time, but for the remainder, whose uniforms are drawn and then thrown away.
    const std::size_t whole = out.size() / block_size * block_size;
    for (std::size_t i = 0; i < whole; i += block_size) {
        fill_block(out.subspan(i).first<block_size>());
    }
    if (whole == out.size()) {
        return;
    }
    engine_.discard(out.size() - whole);
    fill_block(out.last<block_size>());
}

void TorchGenerator::fill_block(std::span<float, 16> block) {
    std::array<double, block_size> uniforms{};
    std::generate(uniforms.begin(), uniforms.end(), [this] { return uniform24(); });
    for (std::size_t j = 0; j < half_block; ++j) {
        const Pair pair = box_muller(-2.0 * std::log(1.0 - uniforms[j]), uniforms[j + half_block]);
        block[j] = static_cast<float>(pair.first);
        block[j + half_block] = static_cast<float>(pair.second);
    }
}

double TorchGenerator::next_double() {
    if (spare_) {
        const double value = *spare_;
        spare_.reset();
        return value;
    }
    const double turn = uniform53();
    const Pair pair = box_muller(-2.0 * std::log1p(-uniform53()), turn);
    spare_ = pair.second;
    return pair.first;
}

double TorchGenerator::uniform24() {
    return static_cast<double>(engine_() & 0xFFFFFFU) * 0x1p-24;
}

double TorchGenerator::uniform53() {
    const std::uint64_t high = engine_();
    const std::uint64_t bits = (high << 32U) | static_cast<std::uint64_t>(engine_());
    return static_cast<double>(bits & ((std::uint64_t{1} << 53U) - 1U)) * 0x1p-53;
}

} // namespace able::worker
