// A model for tests of the host's own part in sampling: its estimates are formulas of the prompt, and it keeps count.
#pragma once

#include "fake_host.hpp"

#include "host/plugins/calls/calls.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

struct able_tensor {
    std::vector<float> values;
};

struct able_conditioning {
    std::string prompt;
};

// Deep features: the estimate that was kept, for the whole network is the deep part.
struct able_input {
    std::uint32_t branch = 0;
    std::vector<float> estimate;
};

namespace able::tests {

// What it was asked for at one time.
struct Evaluation {
    double sigma = 0;
    std::vector<std::string> prompts;
    bool reused = false; // deep features
};

class FakeModel {
public:
    explicit FakeModel(std::int32_t prediction = ABLE_PREDICTION_EPSILON) {
        info_.prediction = prediction;
        info_.family = info_.variant = "fake";
        info_.levels = &levels_;
        info_.prompt = &prompt_;
        prompt_.flags = ABLE_HONOURS_NEGATIVE;
        info_.latent_channels = 4;
        info_.scale_factor = info_.size_multiple = 8;
        fill_ops();
        fill_model();
    }
    FakeModel(const FakeModel &) = delete;
    FakeModel &operator=(const FakeModel &) = delete;

    // As a pipeline would load it; one at a time.
    plugins::Model load(const plugins::JobContext &job) {
        pipeline_.load = [](const able_load_request *request, const able_job *, able_model **out) noexcept {
            const able_source *source = request->components[0]->source;
            *out = const_cast<able_model *>(reinterpret_cast<const able_model *>(source));
            return able_status{ABLE_OK};
        };
        plugins::LoadRequest request;
        request.components.push_back({ABLE_ROLE_MODEL, reinterpret_cast<const able_source *>(&model_)});
        return {pipeline_, request, job};
    }

    const able_ops &ops() const { return ops_; }
    const able_model_info &info() const { return info_; }

    // D(x, sigma) under `prompt`.
    static std::vector<float> estimate(const std::vector<float> &x, double sigma, const std::string &prompt) {
        const double place = std::accumulate(prompt.begin(), prompt.end(), 1.0);
        std::vector<float> out(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double own = std::cos(place * (1.0 + static_cast<double>(i)));
            out[i] = static_cast<float>(own + double{x[i]} / (1 + sigma * sigma));
        }
        return out;
    }

    std::vector<Evaluation> evaluations;
    int features_alive = 0;
    // The branches whose features it keeps. Before load(); 0: it is of a pipeline that knows nothing of them.
    void keep_features(std::uint32_t branches) {
        branches_ = branches;
        model_.get_extension = [](able_model *, const char *id) noexcept -> const void * {
            return std::string(id) == ABLE_EXTENSION_DEEP_CACHE ? &deep_cache() : nullptr;
        };
    }
    // Conditionings in each evaluation.
    std::vector<std::size_t> counts() const {
        std::vector<std::size_t> all;
        for (const Evaluation &evaluation : evaluations) {
            all.push_back(evaluation.prompts.size());
        }
        return all;
    }

private:
    static FakeModel &self(const able_model *model) { return *static_cast<FakeModel *>(model->self); }

    void fill_ops() {
        ops_.owner = this;
        ops_.like = [](const able_ops *, const able_tensor *model) noexcept {
            return new able_tensor{std::vector<float>(model->values.size(), std::nanf(""))};
        };
        ops_.make = [](const able_ops *, std::uint32_t ndim, const std::int64_t *shape) noexcept {
            const auto count = std::accumulate(shape, shape + ndim, std::int64_t{1}, std::multiplies<>());
            return new able_tensor{std::vector<float>(static_cast<std::size_t>(count))};
        };
        ops_.retain = [](const able_ops *, able_tensor *) noexcept {
        };
        ops_.release = [](const able_ops *, able_tensor *tensor) noexcept {
            delete tensor;
        };
        ops_.shape = [](const able_ops *, const able_tensor *tensor, std::uint32_t, std::int64_t *shape,
                        std::uint32_t *ndim) noexcept {
            shape[0] = static_cast<std::int64_t>(tensor->values.size());
            *ndim = 1;
            return able_status{ABLE_OK};
        };
        ops_.lincomb = [](const able_ops *, able_tensor *out, std::uint32_t count, const double *coefficients,
                          const able_tensor *const *in) noexcept {
            for (std::size_t i = 0; i < out->values.size(); ++i) {
                double sum = 0;
                for (std::uint32_t k = 0; k < count; ++k) {
                    sum += coefficients[k] * double{in[k]->values[i]};
                }
                out->values[i] = static_cast<float>(sum);
            }
            return able_status{ABLE_OK};
        };
        ops_.mul = [](const able_ops *, able_tensor *out, const able_tensor *a, const able_tensor *b) noexcept {
            for (std::size_t i = 0; i < out->values.size(); ++i) {
                out->values[i] = a->values[i] * b->values[i];
            }
            return able_status{ABLE_OK};
        };
        ops_.blend = [](const able_ops *, able_tensor *out, const able_tensor *a, const able_tensor *b,
                        const able_tensor *mask) noexcept {
            for (std::size_t i = 0; i < out->values.size(); ++i) { // the mask is one of the channels' size
                const float share = mask->values[i % mask->values.size()];
                out->values[i] = share * a->values[i] + (1 - share) * b->values[i];
            }
            return able_status{ABLE_OK};
        };
        ops_.mean_std = [](const able_ops *, const able_tensor *tensor, std::uint32_t, double *mean,
                           double *std) noexcept {
            const auto n = static_cast<double>(tensor->values.size());
            *mean = std::accumulate(tensor->values.begin(), tensor->values.end(), 0.0) / n;
            double squares = 0;
            for (const float value : tensor->values) {
                squares += (double{value} - *mean) * (double{value} - *mean);
            }
            *std = std::sqrt(squares / (n - 1));
            return able_status{ABLE_OK};
        };
        ops_.upload = [](const able_ops *, able_tensor *out, const float *from, std::uint64_t count) noexcept {
            out->values.assign(from, from + count);
            return able_status{ABLE_OK};
        };
        ops_.download = [](const able_ops *, const able_tensor *from, float *out, std::uint64_t) noexcept {
            std::copy(from->values.begin(), from->values.end(), out);
            return able_status{ABLE_OK};
        };
    }

    void fill_model() {
        model_.self = this;
        model_.info = &info_;
        model_.ops = &ops_;
        model_.targets = &targets_;
        model_.device = "cpu";
        model_.dtype = "fp32";
        model_.set_adapters = [](able_model *, std::uint32_t, const able_adapter_use *const *,
                                 const able_job *) noexcept {
            return able_status{ABLE_OK};
        };
        model_.encode_text = [](able_model *, const able_text_request *request, const able_job *,
                                able_conditioning **out) noexcept {
            *out = new able_conditioning{request->segments[0]->text};
            return able_status{ABLE_OK};
        };
        model_.release_conditioning = [](able_model *, able_conditioning *conditioning) noexcept {
            delete conditioning;
        };
        model_.denoise = [](able_model *model, const able_evaluation *given, const able_job *job) noexcept {
            Evaluation &evaluation = self(model).evaluations.emplace_back();
            evaluation.sigma = given->sigma;
            for (std::uint32_t k = 0; k < given->count; ++k) {
                evaluation.prompts.push_back(given->conditionings[k]->prompt);
                given->outs[k]->values = estimate(given->x->values, given->sigma, given->conditionings[k]->prompt);
            }
            for (std::uint32_t i = 0; i < given->input_count; ++i) {
                const able_input_use &use = *given->inputs[i];
                auto &out = given->outs[use.conditioning]->values;
                auto &kept = use.input->estimate;
                evaluation.reused = use.mode == ABLE_DEEP_REUSE;
                if (evaluation.reused && kept.empty()) {
                    return job->fail(job, ABLE_INVALID_ARGUMENT, "nothing to reuse");
                }
                (evaluation.reused ? out : kept) = evaluation.reused ? kept : out;
            }
            return able_status{ABLE_OK};
        };
        model_.decode = [](able_model *, const able_tensor *, std::uint32_t, able_image *, const able_job *) noexcept {
            return able_status{ABLE_UNSUPPORTED};
        };
        model_.unload = [](able_model *) noexcept {
        };
    }

    static const able_deep_cache &deep_cache() {
        static const able_deep_cache calls = [] {
            auto made = make_struct<able_deep_cache>();
            made.branch_count = [](able_model *model) noexcept {
                return self(model).branches_;
            };
            made.make = [](able_model *model, std::uint32_t branch, const able_job *job, able_input **out) noexcept {
                if (branch >= self(model).branches_) {
                    return job->fail(job, ABLE_INVALID_ARGUMENT, "no such branch");
                }
                ++self(model).features_alive;
                *out = new able_input{branch, {}};
                return able_status{ABLE_OK};
            };
            made.release = [](able_model *model, able_input *features) noexcept {
                --self(model).features_alive;
                delete features;
            };
            return made;
        }();
        return calls;
    }

    std::uint32_t branches_ = 0;
    std::vector<double> sigmas_{0.03, 14.6};
    able_noise_levels levels_ = level_table(sigmas_);
    able_prompt_support prompt_ = make_struct<able_prompt_support>();
    able_model_info info_ = make_struct<able_model_info>();
    able_targets targets_ = make_struct<able_targets>();
    able_ops ops_ = make_struct<able_ops>();
    able_model model_ = make_struct<able_model>();
    able_pipeline pipeline_ = make_struct<able_pipeline>();
};

} // namespace able::tests
