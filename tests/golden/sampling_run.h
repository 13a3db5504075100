// One picture, made as the host makes it: schedule, sampler, the host's own guidance, decoder.
#pragma once

#include "loaded_model.h"

#include "host/protocol/generate_options.h"

#include <map>
#include <string>
#include <vector>

namespace able::golden {

struct Picture {
    std::vector<float> latents;
    std::vector<float> pixels; // [height, width, 3] in [0, 1]
    double sigma_error = 0;    // of the schedule's sigmas against the reference's
};

// What a sampler is run with.
struct SamplerRun {
    std::string sampler;
    std::map<std::string, double> params; // the others at their defaults
    std::vector<double> sigmas;
    Array x;          // at sigmas[0]
    Array step_noise; // [draws, channels, height, width]; empty: none may be drawn
    Prompt prompt, negative;
    double cfg = 1;
    protocol::GuidanceOptions guidance;
    Array channels;       // what an inpainting model is shown; empty for any other
    Array mask, original; // of the latents, what is kept where the mask is 0; empty: nothing
};

struct Sampled {
    Array latents;
    uint32_t evaluations = 0;
};

Sampled sample(LoadedModel &model, const SamplerRun &run);

// Runs entry `name` of the "runs" of the model's own set, with the noise recorded there. Adapters are the caller's.
Picture run(LoadedModel &model, const std::string &name);
// Runs `entry`, whose tensors are in `golden`.
Picture run(LoadedModel &model, const GoldenSet &golden, const nlohmann::json &entry);

// Share of the pixels' values whose distance from `expected`, once rounded to bytes, is at most 1.
double share_within_one(const std::vector<float> &pixels, const std::vector<uint8_t> &expected);
// Peak signal to noise ratio in dB.
double psnr(const std::vector<float> &pixels, const std::vector<uint8_t> &expected);

} // namespace able::golden
