#include "brownian.h"

#include "noise.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace able::worker {

namespace {

constexpr std::size_t pool_size = 24;

// numpy's hash and mix of 32 bits; the hash's constant changes from call to call.
struct Hash {
    std::uint32_t constant, multiplier;

    std::uint32_t operator()(std::uint32_t value) {
        value ^= constant;
        constant *= multiplier;
        value *= constant;
        return value ^ (value >> 16U);
    }
};

std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
    const std::uint32_t result = 0xca01f9ddU * x - 0x4973f715U * y;
    return result ^ (result >> 16U);
}

std::vector<std::uint32_t> words_of(std::uint64_t entropy, std::span<const std::uint32_t> spawn_key) {
    std::vector<std::uint32_t> words{static_cast<std::uint32_t>(entropy)};
    if (entropy >> 32U != 0) {
        words.push_back(static_cast<std::uint32_t>(entropy >> 32U));
    }
    if (!spawn_key.empty()) {
        words.resize(pool_size);
        words.insert(words.end(), spawn_key.begin(), spawn_key.end());
    }
    return words;
}

// To 6 decimals as Python's round(): correctly, from all the digits.
double rounded(double level) {
    std::array<char, 400> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), level, std::chars_format::fixed, 6).ptr;
    double value = 0;
    std::from_chars(text.data(), end, value);
    return value;
}

std::vector<float> normals(std::uint32_t seed, std::size_t count) {
    std::vector<float> values(count);
    TorchGenerator(seed).normal(values);
    return values;
}

} // namespace

std::vector<std::uint32_t> seed_sequence(std::uint64_t entropy, std::span<const std::uint32_t> spawn_key,
                                         std::size_t count) {
    const auto words = words_of(entropy, spawn_key);
    std::array<std::uint32_t, pool_size> pool{};
    Hash hash{0x43b0d7e5U, 0x931e8875U};
    for (std::size_t i = 0; i < pool.size(); ++i) {
        pool[i] = hash(i < words.size() ? words[i] : 0U);
    }
    for (std::size_t from = 0; from < pool.size(); ++from) {
        for (std::size_t to = 0; to < pool.size(); ++to) {
            if (from != to) {
                pool[to] = mix(pool[to], hash(pool[from]));
            }
        }
    }
    for (std::size_t from = pool.size(); from < words.size(); ++from) {
        for (auto &to : pool) {
            to = mix(to, hash(words[from]));
        }
    }
    Hash output{0x8b51f9ddU, 0x58f38dedU};
    std::vector<std::uint32_t> state(count);
    for (std::size_t i = 0; i < count; ++i) {
        state[i] = output(pool[i % pool.size()]);
    }
    return state;
}

BrownianTree::BrownianTree(std::uint64_t seed, double low, double high, std::size_t count)
    : seed_(seed), low_(rounded(low)), high_(rounded(high)), whole_(count) {
    const auto noise = normals(seed_sequence(seed, {}, 1).front(), count);
    const double deviation = std::sqrt(high - low);
    std::transform(noise.begin(), noise.end(), whole_.begin(), [&](float value) { return deviation * value; });
}

double BrownianTree::clamped(double level) const {
    return std::clamp(rounded(level), low_, high_);
}

// Down the tree: each node splits its passage in the middle, and has noise of its own for the left half.
std::vector<double> BrownianTree::walk_to(double level) const {
    std::vector<double> path(whole_.size()), w = whole_;
    double start = low_, end = high_;
    std::array<std::uint32_t, 2> place{0, 0}; // number in its row, and row
    while (level > start && level < end) {
        const double middle = rounded(0.5 * (start + end));
        const double left = middle - start, right = end - middle;
        const auto noise = normals(seed_sequence(seed_, place, 1).front(), w.size());
        const double mean = left / (end - start), deviation = std::sqrt(left * right / (end - start));
        const bool goes_right = level > middle;
        for (std::size_t i = 0; i < w.size(); ++i) {
            const double left_w = mean * w[i] + deviation * noise[i];
            path[i] += goes_right ? left_w : 0.0;
            w[i] = goes_right ? w[i] - left_w : left_w;
        }
        (goes_right ? start : end) = middle;
        place = {2 * place[0] + (goes_right ? 1U : 0U), place[1] + 1};
    }
    if (level >= end) {
        std::transform(path.begin(), path.end(), w.begin(), path.begin(), std::plus<>());
    }
    return path;
}

const std::vector<double> &BrownianTree::path_to(double level) {
    const auto known =
        std::find_if(recent_.begin(), recent_.end(), [&](const Point &point) { return point.level == level; });
    if (known != recent_.end()) {
        return known->path;
    }
    Point &point = recent_[oldest_];
    oldest_ = (oldest_ + 1) % recent_.size();
    point = {level, walk_to(level)};
    return point.path;
}

void BrownianTree::normal(double from, double to, std::span<float> out) {
    const std::vector<double> begin = path_to(clamped(from)); // a copy: the next call may take its place
    const std::vector<double> &end = path_to(clamped(to));
    const double length = std::abs(to - from);
    const double scale = length > 0 ? 1.0 / std::sqrt(length) : 0.0;
    std::transform(begin.begin(), begin.end(), end.begin(), out.begin(),
                   [&](double a, double b) { return static_cast<float>((b - a) * scale); });
}

} // namespace able::worker
