// Trial runs of a sampler: Stable Diffusion's noise levels, a model that knows its data exactly, and the host's noise.
#pragma once

#include "check.h"
#include "plain_sampling.h"

#include "host/plugins/describe/param_values.h"

#include <nlohmann/json.hpp>

namespace able::validate {

// A model with Stable Diffusion's training noise levels: 1000 of them, from 0.029 to 14.6.
const able_model_info &trial_model();

struct TrialOptions {
    std::uint32_t steps = 20;
    bool to_zero = true; // else the last level is the model's lowest
    nlohmann::json params = nlohmann::json::object();
    std::uint64_t seed = 1;
};

// One run over latents of [1, 4, 4, 4].
class Trial {
public:
    Trial(const Subject<able_sampler> &subject, const TrialOptions &options);

    // Returns the sampler's status.
    able_status run();
    PlainSampling &sampling() { return sampling_; }
    bool finite();
    // "20 steps", "20 steps with eta = 0.5".
    const std::string &name() const { return name_; }

private:
    const able_sampler &sampler_;
    plugins::ParamValues params_;
    PlainSampling sampling_;
    std::string name_;
};

// "status -42", "ABLE_CANCELLED"; with the text that was given for it.
std::string in_words(able_status status, const std::string &message = {});

// Throws Failure unless the host, going by the declarations, refuses what lies beyond them.
std::string check_ranges(const plugins::ObjectDescription &description);

} // namespace able::validate
