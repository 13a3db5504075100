// A host for samplers small enough to see through: latents are three doubles, the model is a formula, and every call
// can be made to fail.
#pragma once

#include "fake_host.hpp"

#include "host/validate/plain_sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace able::tests {

using Vec3 = std::array<double, 3>;

// One run of a sampler. The k-th draw of noise is cos(k) * [1, -1, 0.5]; the unconditional estimate is half the
// model's.
class FakeSampling {
public:
    FakeSampling(std::vector<double> sigmas, const Vec3 &x, const FakeParams &params, validate::Model model,
                 const able_model_info *info = nullptr)
        : run_({std::move(sigmas),
                {1, 1, 1, 3},
                {x.begin(), x.end()},
                params.get(),
                info,
                std::move(model),
                [k = 0](double, double, std::span<double> out) mutable {
                    const double level = std::cos(++k);
                    const Vec3 draw = {level, -level, 0.5 * level};
                    std::copy_n(draw.begin(), std::min(out.size(), draw.size()), out.begin());
                }}) {}
    FakeSampling(const FakeSampling &) = delete;
    FakeSampling &operator=(const FakeSampling &) = delete;

    able_status run(const able_sampler &sampler) { return run_.run(sampler); }
    Vec3 x() {
        Vec3 values{};
        std::copy_n(run_.x().begin(), values.size(), values.begin());
        return values;
    }
    FakeJob &job() { return run_.job(); }

private:
    validate::PlainSampling run_;

public:
    // The fallible calls so far, and the one (from 1) to fail, with what; `like` fails by running out of memory.
    uint32_t &calls = run_.tensors().calls;
    uint32_t &fail_at = run_.tensors().fail_at;
    able_status &fail_with = run_.tensors().fail_with;
    const bool &failed_for_memory = run_.tensors().failed_for_memory; // the call that was made to fail was for a tensor

    const uint32_t &evaluations = run_.evaluations, &draws = run_.draws;
    const std::vector<uint32_t> &steps = run_.steps;
    const std::vector<std::pair<double, double>> &intervals = run_.intervals; // of the draws
    const int &live = run_.tensors().live;                                    // tensors made and not yet released
    const std::vector<std::string> &misuse = run_.tensors().misuse;           // rules of the ABI that the sampler broke
};

} // namespace able::tests
