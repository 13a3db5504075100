// A host for samplers small enough to see through: latents are three doubles, the model is a formula, and every call
// can be made to fail.
#pragma once

#include "fake_host.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace able::tests {

using Vec3 = std::array<double, 3>;

// One run of a sampler. The k-th draw of noise is cos(k) * [1, -1, 0.5]; the unconditional estimate is half the
// model's.
class FakeSampling {
public:
    using Model = std::function<double(double x, double sigma)>;

    FakeSampling(std::vector<double> sigmas, const Vec3 &x, const FakeParams &params, Model model,
                 const able_model_info *info = nullptr);
    FakeSampling(const FakeSampling &) = delete;
    FakeSampling &operator=(const FakeSampling &) = delete;

    able_status run(const able_sampler &sampler) { return sampler.sample(&sampling_); }
    const Vec3 &x() const { return x_->values; }
    FakeJob &job() { return job_; }

    // The fallible calls so far, and the one (from 1) to fail, with what; `like` fails by running out of memory.
    uint32_t calls = 0;
    uint32_t fail_at = 0;
    able_status fail_with = -7;
    bool failed_for_memory = false; // the call that was made to fail was for a tensor

    uint32_t evaluations = 0, draws = 0;
    std::vector<uint32_t> steps;
    std::vector<std::pair<double, double>> intervals; // of the draws
    int live = 0;                                     // tensors made and not yet released
    std::vector<std::string> misuse;                  // rules of the ABI that the sampler broke

private:
    struct Tensor {
        Vec3 values{};
        int references = 1;
    };

    static FakeSampling &self(const able_ops *ops) { return *static_cast<FakeSampling *>(ops->owner); }
    static FakeSampling &self(const able_sampling *s) { return *static_cast<FakeSampling *>(s->host); }
    static able_tensor *handle(Tensor *tensor) { return reinterpret_cast<able_tensor *>(tensor); }
    Tensor &at(const able_tensor *tensor);
    bool fails() { return ++calls == fail_at; }

    able_tensor *make();
    void release(able_tensor *tensor);
    void fill_ops();
    void fill_sampling(const FakeParams &params, const able_model_info *info);
    able_status denoise(const able_tensor *x, double sigma, able_tensor *out, able_tensor *unconditional) noexcept;

    std::vector<double> sigmas_;
    Model model_;
    FakeJob job_;
    std::vector<std::unique_ptr<Tensor>> pool_;
    Tensor *x_ = nullptr;
    able_ops ops_{};
    able_sampling sampling_{};
};

inline FakeSampling::FakeSampling(std::vector<double> sigmas, const Vec3 &x, const FakeParams &params, Model model,
                                  const able_model_info *info)
    : sigmas_(std::move(sigmas)), model_(std::move(model)) {
    pool_.push_back(std::make_unique<Tensor>());
    x_ = pool_.back().get();
    x_->values = x;
    fill_ops();
    fill_sampling(params, info);
}

// The tensor behind a handle; a released or foreign one is a defect of the sampler's, noted and replaced.
inline FakeSampling::Tensor &FakeSampling::at(const able_tensor *tensor) {
    const auto *wanted = reinterpret_cast<const Tensor *>(tensor);
    const auto found = std::find_if(pool_.begin(), pool_.end(), [wanted](const auto &t) { return t.get() == wanted; });
    if (found == pool_.end() || (*found)->references <= 0) {
        misuse.emplace_back("used a tensor that is not alive");
        pool_.push_back(std::make_unique<Tensor>());
        return *pool_.back();
    }
    return **found;
}

inline able_tensor *FakeSampling::make() {
    if (fails()) {
        failed_for_memory = true;
        return nullptr;
    }
    ++live;
    pool_.push_back(std::make_unique<Tensor>());
    // Contents are undefined: whoever reads them first gets NaN.
    pool_.back()->values.fill(std::numeric_limits<double>::quiet_NaN());
    return handle(pool_.back().get());
}

inline void FakeSampling::release(able_tensor *tensor) {
    if (tensor == nullptr) {
        return;
    }
    Tensor &released = at(tensor);
    if (&released == x_) {
        misuse.emplace_back("released x");
        return;
    }
    if (--released.references == 0) {
        --live; // kept in the pool, so that a later use is seen
    }
}

inline void FakeSampling::fill_ops() {
    ops_.struct_size = sizeof(able_ops);
    ops_.owner = this;
    ops_.like = [](const able_ops *ops, const able_tensor *model) noexcept {
        self(ops).at(model);
        return self(ops).make();
    };
    ops_.release = [](const able_ops *ops, able_tensor *tensor) noexcept {
        self(ops).release(tensor);
    };
    ops_.lincomb = [](const able_ops *ops, able_tensor *out, uint32_t count, const double *coefficients,
                      const able_tensor *const *in) noexcept {
        FakeSampling &s = self(ops);
        if (s.fails()) {
            return s.fail_with;
        }
        Vec3 sum{};
        for (uint32_t k = 0; k < count; ++k) {
            const Vec3 &term = s.at(in[k]).values;
            for (std::size_t j = 0; j < sum.size(); ++j) {
                sum[j] += coefficients[k] * term[j];
            }
        }
        s.at(out).values = sum;
        return able_status{ABLE_OK};
    };
    ops_.error_norm = [](const able_ops *ops, const able_tensor *a, const able_tensor *b, const able_tensor *ref,
                         double atol, double rtol, double *result) noexcept {
        FakeSampling &s = self(ops);
        if (s.fails()) {
            return s.fail_with;
        }
        const Vec3 &x = s.at(a).values, &y = s.at(b).values, &z = s.at(ref).values;
        double sum = 0;
        for (std::size_t j = 0; j < x.size(); ++j) {
            const double error = (x[j] - y[j]) / std::max(atol, rtol * std::max(std::abs(x[j]), std::abs(z[j])));
            sum += error * error;
        }
        *result = std::sqrt(sum / static_cast<double>(x.size()));
        return able_status{ABLE_OK};
    };
}

inline able_status FakeSampling::denoise(const able_tensor *x, double sigma, able_tensor *out,
                                         able_tensor *unconditional) noexcept {
    if (fails()) {
        return fail_with;
    }
    if (x == out || x == unconditional || out == unconditional) {
        misuse.emplace_back("denoised in place");
    }
    if (!(sigma > 0)) {
        misuse.emplace_back("denoised at a level that is not above 0");
    }
    ++evaluations;
    const Vec3 from = at(x).values;
    Vec3 &to = at(out).values;
    std::transform(from.begin(), from.end(), to.begin(), [&](double value) { return model_(value, sigma); });
    if (unconditional != nullptr) {
        std::transform(to.begin(), to.end(), at(unconditional).values.begin(), [](double value) { return value / 2; });
    }
    return ABLE_OK;
}

inline void FakeSampling::fill_sampling(const FakeParams &params, const able_model_info *info) {
    static const able_model_info no_table{};
    sampling_.struct_size = sizeof(able_sampling);
    sampling_.steps = static_cast<uint32_t>(sigmas_.size() - 1);
    sampling_.sigmas = sigmas_.data();
    sampling_.x = handle(x_);
    sampling_.params = params.get();
    sampling_.info = info != nullptr ? info : &no_table;
    sampling_.job = job_.get();
    sampling_.ops = &ops_;
    sampling_.host = this;
    sampling_.denoise = [](const able_sampling *s, const able_tensor *x, double sigma, able_tensor *out) noexcept {
        return self(s).denoise(x, sigma, out, nullptr);
    };
    sampling_.denoise_pair = [](const able_sampling *s, const able_tensor *x, double sigma, able_tensor *out,
                                able_tensor *unconditional) noexcept {
        return self(s).denoise(x, sigma, out, unconditional);
    };
    sampling_.noise = [](const able_sampling *s, able_tensor *out, double from, double to) noexcept {
        FakeSampling &host = self(s);
        if (host.fails()) {
            return host.fail_with;
        }
        host.intervals.emplace_back(from, to);
        const double level = std::cos(++host.draws);
        host.at(out).values = {level, -level, 0.5 * level};
        return able_status{ABLE_OK};
    };
    sampling_.step = [](const able_sampling *s, uint32_t index, const able_tensor *x,
                        const able_tensor *denoised) noexcept {
        FakeSampling &host = self(s);
        if (host.fails()) {
            return host.fail_with;
        }
        host.at(x);
        host.at(denoised);
        host.steps.push_back(index);
        return able_status{ABLE_OK};
    };
}

} // namespace able::tests
