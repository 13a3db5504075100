// Data whose flow is known exactly: an even mixture of two normal distributions, at -1 and 1 with deviation 0.5.
// Noised, it is a mixture of the same means and of variance 0.25 + sigma^2.
#pragma once

namespace able::validate {

// The mean of the clean data given x = clean + sigma * noise: what a perfect model estimates.
double mixture_denoised(double x, double sigma);

// Where the probability flow ODE, dx/dsigma = (x - D(x, sigma)) / sigma, takes x from level `from` to level `to`, to
// about 1e-14. In one dimension the flow carries each quantile to the same quantile.
double mixture_flow(double x, double from, double to);

} // namespace able::validate
