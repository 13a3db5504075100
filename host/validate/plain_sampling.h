// One run of a sampler without a model: latents are plain tensors, the estimate of the clean latents is a formula.
#pragma once

#include "plain_job.h"
#include "plain_tensors.h"

#include <ablerefusal/sampler.h>

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace able::validate {

// D(x, sigma), value by value.
using Model = std::function<double(double x, double sigma)>;
// Fills `out` with unit normal noise for the passage between two levels.
using Noise = std::function<void(double from, double to, std::span<double> out)>;

// What a run is made of. `params` and `info` must outlive it.
struct RunSetup {
    std::vector<double> sigmas;
    std::vector<std::int64_t> shape;
    std::vector<double> x; // at sigmas[0]; as many as `shape` says
    const able_params *params = nullptr;
    const able_model_info *info = nullptr; // nullptr: one without a table of noise levels
    Model model;
    Noise noise;
    double unconditional = 0.5; // the estimate without a prompt, as a part of the model's
};

// What a call that is made to fail tells the job.
constexpr const char *why_it_fails = "this call was made to fail";

class PlainSampling {
public:
    explicit PlainSampling(RunSetup setup);
    PlainSampling(const PlainSampling &) = delete;
    PlainSampling &operator=(const PlainSampling &) = delete;

    able_status run(const able_sampler &sampler) { return sampler.sample(&sampling_); }
    const std::vector<double> &x() { return tensors_.values(x_); }
    PlainJob &job() { return job_; }
    PlainTensors &tensors() { return tensors_; }

    // Of the calls of denoise, denoise_pair, noise and step, the one, from 1, at which the job is cancelled: it and all
    // later ones return ABLE_CANCELLED. 0 = never.
    std::uint32_t cancel_at = 0;

    std::uint32_t evaluations = 0, draws = 0;
    std::vector<std::uint32_t> steps;                 // their numbers, as they were announced
    std::vector<std::pair<double, double>> intervals; // of the draws
    std::uint32_t callbacks = 0;                      // all calls of the four
    std::uint32_t calls_after_cancel = 0;             // of the four, after the first that was told

private:
    static PlainSampling &self(const able_sampling *s) { return *static_cast<PlainSampling *>(s->host); }
    // ABLE_OK if the callback in progress may go on.
    able_status begin();
    able_status denoise(const able_tensor *x, double sigma, able_tensor *out, able_tensor *unconditional) noexcept;
    able_status draw(able_tensor *out, double from, double to) noexcept;
    able_status step(std::uint32_t index, const able_tensor *x, const able_tensor *denoised) noexcept;

    std::vector<double> sigmas_;
    Model model_;
    Noise noise_;
    double unconditional_;
    PlainJob job_;
    PlainTensors tensors_;
    able_tensor *x_;
    able_sampling sampling_;
};

} // namespace able::validate
