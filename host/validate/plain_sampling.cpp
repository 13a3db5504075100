#include "plain_sampling.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>

namespace able::validate {

namespace {

// A model whose levels are those of Stable Diffusion, but for the table: log sigma is linear in the timestep.
const able_model_info *without_a_table() {
    static const able_noise_levels levels = [] {
        auto value = make_struct<able_noise_levels>();
        value.kind = ABLE_LEVELS_LOGARITHMIC;
        value.sigma_min = 0.029;
        value.sigma_max = 14.6;
        value.shift = 1;
        return value;
    }();
    static const able_model_info info = [] {
        auto value = make_struct<able_model_info>();
        value.prediction = ABLE_PREDICTION_EPSILON;
        value.family = value.variant = "";
        value.levels = &levels;
        return value;
    }();
    return &info;
}

} // namespace

PlainSampling::PlainSampling(RunSetup setup)
    : sigmas_(std::move(setup.sigmas)), model_(std::move(setup.model)), noise_(std::move(setup.noise)),
      unconditional_(setup.unconditional), x_(tensors_.own(std::move(setup.shape), std::move(setup.x))),
      sampling_(make_struct<able_sampling>()) {
    sampling_.steps = static_cast<std::uint32_t>(sigmas_.size() - 1);
    sampling_.sigmas = sigmas_.data();
    sampling_.x = x_;
    sampling_.params = setup.params;
    sampling_.info = setup.info != nullptr ? setup.info : without_a_table();
    sampling_.levels = sampling_.info->levels;
    sampling_.job = job_.get();
    sampling_.ops = tensors_.abi();
    sampling_.host = this;
    sampling_.denoise = [](const able_sampling *s, const able_tensor *x, double sigma, able_tensor *out) noexcept {
        return self(s).denoise(x, sigma, out, nullptr);
    };
    sampling_.denoise_pair = [](const able_sampling *s, const able_tensor *x, double sigma, able_tensor *out,
                                able_tensor *unconditional) noexcept {
        return self(s).denoise(x, sigma, out, unconditional);
    };
    sampling_.noise = [](const able_sampling *s, able_tensor *out, double from, double to) noexcept {
        return self(s).draw(out, from, to);
    };
    sampling_.step = [](const able_sampling *s, std::uint32_t index, const able_tensor *x,
                        const able_tensor *denoised) noexcept {
        return self(s).step(index, x, denoised);
    };
}

able_status PlainSampling::begin() {
    if (job_.cancelled) {
        ++calls_after_cancel;
        return ABLE_CANCELLED;
    }
    if (++callbacks == cancel_at) {
        job_.cancelled = true;
        return ABLE_CANCELLED;
    }
    return tensors_.fails() ? job_.get()->fail(job_.get(), tensors_.fail_with, why_it_fails) : able_status{ABLE_OK};
}

able_status PlainSampling::denoise(const able_tensor *x, double sigma, able_tensor *out,
                                   able_tensor *unconditional) noexcept {
    ABLE_TRY(begin());
    if (x == out || x == unconditional || out == unconditional) {
        tensors_.note("denoised in place");
    }
    if (!(sigma > 0)) {
        tensors_.note("denoised at a level that is not above 0");
    }
    ++evaluations;
    const std::vector<double> from = tensors_.values(x);
    auto &to = tensors_.values(out);
    to.resize(from.size());
    std::transform(from.begin(), from.end(), to.begin(), [&](double value) { return model_(value, sigma); });
    if (unconditional != nullptr) {
        auto &other = tensors_.values(unconditional);
        other.resize(to.size());
        std::transform(to.begin(), to.end(), other.begin(), [this](double value) { return unconditional_ * value; });
    }
    return ABLE_OK;
}

able_status PlainSampling::draw(able_tensor *out, double from, double to) noexcept {
    ABLE_TRY(begin());
    ++draws;
    intervals.emplace_back(from, to);
    noise_(from, to, tensors_.values(out));
    return ABLE_OK;
}

able_status PlainSampling::step(std::uint32_t index, const able_tensor *x, const able_tensor *denoised) noexcept {
    ABLE_TRY(begin());
    tensors_.values(x);
    tensors_.values(denoised);
    steps.push_back(index);
    return ABLE_OK;
}

} // namespace able::validate
