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

able_deep_features *DeepCache::kept_under(const able_conditioning *conditioning) const {
    const auto found =
        std::find_if(kept_.begin(), kept_.end(), [&](const auto &entry) { return entry.first == conditioning; });
    return found != kept_.end() ? found->second.get() : nullptr;
}

// Empty if the evaluation has to be of the whole network.
std::vector<able_deep_features *> DeepCache::reusable(double sigma,
                                                      std::span<const able_conditioning *const> conditionings) const {
    std::vector<able_deep_features *> features;
    if (since_ >= options_.interval || sigma > level_ * (1 + level_slack)) {
        return features;
    }
    for (const able_conditioning *conditioning : conditionings) {
        able_deep_features *const kept = kept_under(conditioning);
        if (kept == nullptr) {
            return {};
        }
        features.push_back(kept);
    }
    return features;
}

able_status DeepCache::denoise(const able_tensor *x, double sigma,
                               std::span<const able_conditioning *const> conditionings,
                               std::span<able_tensor *const> outs, const plugins::JobContext &job,
                               const able_tensor *channels) noexcept {
    try {
        std::vector<able_deep_features *> features = reusable(sigma, conditionings);
        const bool reuse = !features.empty();
        if (!reuse) {
            kept_.clear(); // before the network takes its own memory
            for (const able_conditioning *conditioning : conditionings) {
                kept_.emplace_back(conditioning, model_.make_deep_features(options_.branch, job));
                features.push_back(kept_.back().second.get());
            }
            level_ = sigma;
            since_ = 0;
        }
        ++since_;
        return model_.denoise(x, sigma, conditionings, features, reuse, outs, job, channels);
    } catch (const plugins::CallError &error) {
        return job.fail(error.status(), error.what());
    } catch (const std::exception &error) { // no memory for the lists
        return job.fail(ABLE_OUT_OF_MEMORY, error.what());
    }
}

} // namespace able::worker
