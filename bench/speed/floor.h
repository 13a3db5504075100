// How fast this machine multiplies, with the libtorch that the pipelines use.
#pragma once

#include <string>

namespace able::bench {

struct Rates { // operations a second, the best of several runs
    double convolution = 0, product = 0;

    // No network goes faster by the direct algorithms: the better of the two.
    double best() const { return convolution > product ? convolution : product; }
};

// A 3x3 convolution over 640 channels and a product of matrices, with numbers of `dtype` ("fp32" or "bf16") on
// `threads` threads.
Rates measure_rates(const std::string &dtype, int threads);

} // namespace able::bench
