#include "guidance.h"

#include <ablerefusal/glue.hpp>

#include <cmath>

namespace able::worker {

namespace {

// Samplers compute some levels by way of logarithms: those meet the schedule's own to a few units in the last place.
constexpr double range_slack = 1e-9;

// The k for which what the network predicts is a multiple of D + k * x.
//
// Every prediction is linear in D at a given x and sigma: noise is (x - D) / sigma; v, in the variance-exploding form,
// (x / (sigma^2 + 1) - D) * sqrt(sigma^2 + 1) / sigma; the velocity of a rectified flow x / sigma - D * (1 + 1 /
// sigma).
double share_of_x(std::int32_t prediction, double sigma) {
    switch (prediction) {
    case ABLE_PREDICTION_V:
        return -1 / (sigma * sigma + 1);
    case ABLE_PREDICTION_SAMPLE:
        return 0;
    case ABLE_PREDICTION_FLOW:
        return -1 / (sigma + 1);
    default:
        return -1; // noise
    }
}

} // namespace

LevelRange guided_levels(std::span<const double> sigmas, double start, double end) {
    const auto steps = static_cast<double>(sigmas.size() - 1);
    const auto first = static_cast<std::size_t>(start * steps), last = static_cast<std::size_t>(end * steps);
    LevelRange range;
    if (first >= last) {
        range.above = range.up_to;
        return range; // no step
    }
    if (first > 0) { // otherwise whatever is above the first level too: samplers that add noise go there
        range.up_to = sigmas[first] * (1 + range_slack);
    }
    if (end < 1) { // otherwise whatever is below the last: a sampler may end nearer to 0 than its schedule
        range.above = sigmas[last] * (1 + range_slack);
    }
    return range;
}

Guidance::Guidance(const able_ops &ops, std::int32_t prediction, double scale, const protocol::GuidanceOptions &options,
                   const able_tensor *x)
    : ops_(ops), prediction_(prediction), scale_(scale), options_(options) {
    const auto make = [&](plugins::Tensor &tensor) {
        tensor = plugins::Tensor(&ops, ops.like(&ops, x));
        if (!tensor) {
            throw plugins::CallError(ABLE_OUT_OF_MEMORY, "no memory for the latents; try a smaller image");
        }
    };
    if (options.rescale > 0 || options.perp_neg_scale) {
        make(first_);
    }
    if (options.perp_neg_scale) {
        make(second_);
    }
}

able_status Guidance::lincomb(able_tensor *out, std::initializer_list<double> coefficients,
                              std::initializer_list<const able_tensor *> in) noexcept {
    return ops_.lincomb(&ops_, out, static_cast<std::uint32_t>(coefficients.size()), coefficients.begin(), in.begin());
}

able_status Guidance::apply(const Estimates &estimates) noexcept {
    if (!(options_.rescale > 0)) {
        return combine(estimates);
    }
    double wanted = 0, given = 0;
    ABLE_TRY(deviation(estimates, &wanted));
    ABLE_TRY(combine(estimates));
    ABLE_TRY(deviation(estimates, &given));
    if (!(given > 0)) {
        return ABLE_OK; // nothing to rescale
    }
    // The prediction becomes r times itself; as it is a multiple of D + k x, D becomes r D + (r - 1) k x.
    const double r = options_.rescale * wanted / given + 1 - options_.rescale;
    return lincomb(estimates.conditional, {r, (r - 1) * share_of_x(prediction_, estimates.sigma)},
                   {estimates.conditional, estimates.x});
}

able_status Guidance::combine(const Estimates &estimates) noexcept {
    if (estimates.negative != nullptr && options_.perp_neg_scale) {
        return combine_perpendicular(estimates);
    }
    return lincomb(estimates.conditional, {1 - scale_, scale_}, {estimates.unconditional, estimates.conditional});
}

// Of the estimates' differences, where Perp-Neg and ComfyUI have the predictions': one is a multiple of the other.
able_status Guidance::combine_perpendicular(const Estimates &estimates) noexcept {
    able_tensor *main = first_.get(), *product = second_.get();
    double along = 0, squares = 0, unused = 0; // means of products: scalar products over the number of elements
    ABLE_TRY(lincomb(main, {1, -1}, {estimates.conditional, estimates.unconditional}));
    ABLE_TRY(lincomb(product, {1, -1}, {estimates.negative, estimates.unconditional}));
    ABLE_TRY(ops_.mul(&ops_, product, product, main));
    ABLE_TRY(ops_.mean_std(&ops_, product, 0, &along, &unused));
    ABLE_TRY(ops_.mul(&ops_, main, main, main));
    ABLE_TRY(ops_.mean_std(&ops_, main, 0, &squares, &unused));
    const double projection = squares > 0 ? along / squares : 0;
    const double negative = scale_ * *options_.perp_neg_scale;
    const double positive = scale_ + negative * projection;
    return lincomb(estimates.conditional, {1 - positive + negative, positive, -negative},
                   {estimates.unconditional, estimates.conditional, estimates.negative});
}

// Of what the network predicts for `conditional`, up to a factor that is the same for every estimate.
able_status Guidance::deviation(const Estimates &estimates, double *result) noexcept {
    double unused = 0;
    ABLE_TRY(
        lincomb(first_.get(), {1, share_of_x(prediction_, estimates.sigma)}, {estimates.conditional, estimates.x}));
    return ops_.mean_std(&ops_, first_.get(), 0, &unused, result);
}

} // namespace able::worker
