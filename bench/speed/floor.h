// What this machine reaches at its best: no step can be faster than its multiplications at this rate.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace able::bench {

struct Rates {
    double convolution = 0, product = 0; // operations a second

    double best() const { return convolution > product ? convolution : product; }
};

// A 3x3 convolution over [2, 640, 64, 64] to 640 channels, channels last, and a product of [4096, 2048] with
// [2048, 2048], by libtorch. Run between the pieces of what is measured, since a machine's speed changes with the
// minutes; its rates are the medians.
class Floor {
public:
    // Of the processor, in "fp32" or "bf16"; on another `device` nothing is run, and the rates are 0.
    Floor(const std::string &device, const std::string &dtype, int threads);
    ~Floor();

    void sample();
    // Of the samples since the last call.
    Rates take_rates();

private:
    struct Operands;
    std::unique_ptr<const Operands> operands_;    // null on another device
    std::vector<double> convolutions_, products_; // operations a second
};

} // namespace able::bench
