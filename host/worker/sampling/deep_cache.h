// Deep-feature caching: which evaluations of a run are of the whole network, and which take its deep part from the last
// such one. Ma, Fang & Wang 2024, "DeepCache: Accelerating Diffusion Models for Free", section 3.4, with a uniform
// interval, which is counted in evaluations: where a sampler evaluates once a step, in steps.
#pragma once

#include "host/protocol/generate_options.h"
#include "host/worker/models/plugin_set.h"

#include "host/plugins/calls/calls.h"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace able::worker {

// Throws CallError if the options ask for it and the model has none, or not this branch.
void check_deep_cache(const plugins::Model &model, const Origin &pipeline, const protocol::DeepCacheOptions &options);

// That of one run: it begins empty, so that an image does not depend on the one before it.
class DeepCache {
public:
    // `options` ask for it, and the model has passed check_deep_cache().
    DeepCache(plugins::Model &model, const protocol::DeepCacheOptions &options) : model_(model), options_(options) {}

    // model.denoise(). It is of the whole network for the first time, at every `interval`-th after that, under a prompt
    // that the last such one was not under, and at a level above that one's: a sampler that goes back up has left what
    // was kept. The status is the model's.
    able_status denoise(const plugins::Evaluation &evaluation, const plugins::JobContext &job) noexcept;

private:
    able_input *kept_under(const able_conditioning *conditioning) const;
    std::vector<able_input *> reusable(double sigma, std::span<const able_conditioning *const> conditionings) const;

    plugins::Model &model_;
    protocol::DeepCacheOptions options_;
    std::vector<std::pair<const able_conditioning *, plugins::Input>> kept_; // by the last whole evaluation
    double level_ = 0;                                                       // of it
    std::uint32_t since_ = 0;                                                // evaluations from it on
};

} // namespace able::worker
