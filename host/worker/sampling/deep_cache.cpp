#include "deep_cache.h"

#include <algorithm>
#include <string>

namespace able::worker {

namespace {

// Samplers compute some levels by way of logarithms: the same one may come out a few units in the last place higher.
constexpr double level_slack = 1e-9;

} // namespace

void check_deep_cache(const plugins::Model &model, const Origin &pipeline, const protocol::DeepCacheOptions &options) {
    if (!options.on()) {
        return;
    }
    const std::uint32_t count = model.branch_count();
    if (count == 0) {
        throw plugins::CallError(ABLE_UNSUPPORTED, "the pipeline '" + pipeline.id +
                                                       "' has no deep-feature caching; leave deep_cache_interval out, "
                                                       "or update the plugin " +
                                                       pipeline.plugin);
    }
    if (options.branch >= count) {
        throw plugins::CallError(ABLE_INVALID_ARGUMENT,
                                 "there is no deep_cache_branch " + std::to_string(options.branch) +
                                     " in this model's network; it has the branches 0 to " + std::to_string(count - 1));
    }
}

able_input *DeepCache::kept_under(const able_conditioning *conditioning) const {
    const auto found =
        std::find_if(kept_.begin(), kept_.end(), [&](const auto &entry) { return entry.first == conditioning; });
    return found != kept_.end() ? found->second.get() : nullptr;
}

// Empty if the evaluation has to be of the whole network.
std::vector<able_input *> DeepCache::reusable(double sigma,
                                              std::span<const able_conditioning *const> conditionings) const {
    std::vector<able_input *> features;
    if (since_ >= options_.interval || sigma > level_ * (1 + level_slack)) {
        return features;
    }
    for (const able_conditioning *conditioning : conditionings) {
        able_input *const kept = kept_under(conditioning);
        if (kept == nullptr) {
            return {};
        }
        features.push_back(kept);
    }
    return features;
}

able_status DeepCache::denoise(const plugins::Evaluation &evaluation, const plugins::JobContext &job) noexcept {
    try {
        const auto conditionings = evaluation.conditionings;
        std::vector<able_input *> features = reusable(evaluation.sigma, conditionings);
        const bool reuse = !features.empty();
        if (!reuse) {
            kept_.clear(); // before the network takes its own memory
            for (const able_conditioning *conditioning : conditionings) {
                kept_.emplace_back(conditioning, model_.make_deep_features(options_.branch, job));
                features.push_back(kept_.back().second.get());
            }
            level_ = evaluation.sigma;
            since_ = 0;
        }
        ++since_;
        std::vector<plugins::InputUse> inputs(evaluation.inputs.begin(), evaluation.inputs.end());
        for (std::size_t k = 0; k < features.size(); ++k) {
            inputs.push_back({features[k], static_cast<std::uint32_t>(k), reuse ? ABLE_DEEP_REUSE : ABLE_DEEP_KEEP});
        }
        plugins::Evaluation with_features = evaluation;
        with_features.inputs = inputs;
        return model_.denoise(with_features, job);
    } catch (const plugins::CallError &error) {
        return job.fail(error.status(), error.what());
    } catch (const std::exception &error) { // no memory for the lists
        return job.fail(ABLE_OUT_OF_MEMORY, error.what());
    }
}

} // namespace able::worker
