#include "floor.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <chrono>

namespace able::bench {

namespace {

constexpr int kRuns = 5;

template <class Work>
double best_rate(double operations, const Work &work) {
    work(); // compiles
    double best = 0;
    for (int run = 0; run < kRuns; ++run) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
        best = std::max(best, operations / seconds.count());
    }
    return best;
}

} // namespace

Rates measure_rates(const std::string &dtype, int threads) {
    const at::NoGradGuard no_grad;
    at::set_num_threads(threads);
    const auto type = dtype == "bf16" ? at::kBFloat16 : at::kFloat;
    Rates rates;
    {
        const auto x = at::randn({2, 640, 64, 64}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
        const auto weight = at::randn({640, 640, 3, 3}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
        rates.convolution =
            best_rate(2.0 * 2 * 64 * 64 * 640 * 640 * 9, [&] { return at::conv2d(x, weight, {}, 1, 1); });
    }
    const auto a = at::randn({4096, 2048}).to(type);
    const auto b = at::randn({2048, 2048}).to(type);
    rates.product = best_rate(2.0 * 4096 * 2048 * 2048, [&] { return at::linear(a, b); });
    return rates;
}

} // namespace able::bench
