#include "mixture.h"

#include <algorithm>
#include <cmath>

namespace able::validate {

namespace {

constexpr double variance = 0.25;

// Share of the noised data below x; above it by symmetry, which keeps the digits of small shares.
double share_below(double x, double sigma) {
    const double scale = std::sqrt(2.0 * (variance + sigma * sigma));
    return 0.25 * (std::erfc(-(x - 1.0) / scale) + std::erfc(-(x + 1.0) / scale));
}

} // namespace

double mixture_denoised(double x, double sigma) {
    // The posterior's means, weighted by how likely each of the two is: weights e^(x/v) and e^(-x/v) once what they
    // share is cancelled, so their difference over their sum is a tanh.
    const double v = variance + sigma * sigma;
    return (variance * x + sigma * sigma * std::tanh(x / v)) / v;
}

double mixture_flow(double x, double from, double to) {
    if (x > 0) {
        return -mixture_flow(-x, from, to);
    }
    const double share = share_below(x, from);
    double low = std::min(x, -10.0), high = 0.0;
    for (int i = 0; i < 200; ++i) {
        const double middle = (low + high) / 2.0;
        (share_below(middle, to) < share ? low : high) = middle;
    }
    return (low + high) / 2.0;
}

} // namespace able::validate
