#include "floor.h"

#include "median.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <chrono>
#include <utility>

namespace able::bench {

namespace {

constexpr double convolution_operations = 2.0 * 2 * 64 * 64 * 640 * 640 * 9;
constexpr double product_operations = 2.0 * 4096 * 2048 * 2048;

template <class Work>
double rate(double operations, const Work &work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return operations / std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace

struct Floor::Operands {
    at::Tensor map, kernel, rows, matrix;
};

Floor::Floor(const std::string &device, const std::string &dtype, int threads) {
    if (device != "cpu") {
        return;
    }
    const at::NoGradGuard no_grad;
    at::set_num_threads(threads);
    const auto random = [type = dtype == "bf16" ? at::kBFloat16 : at::kFloat](at::IntArrayRef shape) {
        return at::randn(shape).to(type);
    };
    operands_ =
        std::make_unique<const Operands>(Operands{random({2, 640, 64, 64}).contiguous(at::MemoryFormat::ChannelsLast),
                                                  random({640, 640, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast),
                                                  random({4096, 2048}), random({2048, 2048})});
    sample(); // compiles
    take_rates();
}

Floor::~Floor() = default;

void Floor::sample() {
    if (operands_ == nullptr) {
        return;
    }
    const at::NoGradGuard no_grad;
    convolutions_.push_back(
        rate(convolution_operations, [&] { return at::conv2d(operands_->map, operands_->kernel, {}, 1, 1); }));
    products_.push_back(rate(product_operations, [&] { return at::linear(operands_->rows, operands_->matrix); }));
}

Rates Floor::take_rates() {
    if (convolutions_.empty()) {
        return {};
    }
    return {median(std::exchange(convolutions_, {})), median(std::exchange(products_, {}))};
}

} // namespace able::bench
