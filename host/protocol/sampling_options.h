// What a job may say of guidance, of its noise and of the work it can do without, beyond the guidance scale and the
// seed.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>

namespace able::protocol {

struct GuidanceOptions {
    double rescale = 0;                   // 0 to 1: how far the prediction gets back the conditional one's deviation
    std::optional<double> perp_neg_scale; // of the negative prompt's perpendicular part; none: plain guidance
    double start = 0, end = 1;            // fractions of the steps: guided from `start` on, until `end`
};

struct NoiseOptions {
    std::uint64_t subseed = 0;   // image i of a batch has subseed + i
    double subseed_strength = 0; // 0 to 1: how far the initial noise goes from the seed's to the subseed's
    std::uint32_t resize_from_width = 0, resize_from_height = 0; // pixels; 0 = no noise of another size
    std::uint32_t eta_noise_seed_delta =
        0; // added to the seed for the noise that samplers draw; 0 = one stream for all
};

struct DeepCacheOptions {
    std::uint32_t interval = 1; // every how many evaluations one is of the whole network; 1 = all are
    std::uint32_t branch = 0;   // the skip connection above which the others compute

    bool on() const noexcept { return interval > 1; }
};

void to_json(nlohmann::json &json, const GuidanceOptions &options);
void from_json(const nlohmann::json &json, GuidanceOptions &options);
void to_json(nlohmann::json &json, const NoiseOptions &options);
void from_json(const nlohmann::json &json, NoiseOptions &options);
void to_json(nlohmann::json &json, const DeepCacheOptions &options);
void from_json(const nlohmann::json &json, DeepCacheOptions &options);

} // namespace able::protocol
