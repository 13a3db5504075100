#include "sampling_options.h"

#include <nlohmann/json.hpp>

namespace able::protocol {

void to_json(nlohmann::json &json, const GuidanceOptions &options) {
    json = {{"rescale", options.rescale}, {"start", options.start}, {"end", options.end}};
    if (options.perp_neg_scale) {
        json["perp_neg_scale"] = *options.perp_neg_scale;
    }
}

void from_json(const nlohmann::json &json, GuidanceOptions &options) {
    options = {};
    options.rescale = json.value("rescale", options.rescale);
    options.start = json.value("start", options.start);
    options.end = json.value("end", options.end);
    if (const auto scale = json.find("perp_neg_scale"); scale != json.end()) {
        options.perp_neg_scale = scale->get<double>();
    }
}

void to_json(nlohmann::json &json, const NoiseOptions &options) {
    json = {{"subseed", options.subseed},
            {"subseed_strength", options.subseed_strength},
            {"resize_from_width", options.resize_from_width},
            {"resize_from_height", options.resize_from_height},
            {"eta_noise_seed_delta", options.eta_noise_seed_delta}};
}

void from_json(const nlohmann::json &json, NoiseOptions &options) {
    options = {};
    options.subseed = json.value("subseed", options.subseed);
    options.subseed_strength = json.value("subseed_strength", options.subseed_strength);
    options.resize_from_width = json.value("resize_from_width", options.resize_from_width);
    options.resize_from_height = json.value("resize_from_height", options.resize_from_height);
    options.eta_noise_seed_delta = json.value("eta_noise_seed_delta", options.eta_noise_seed_delta);
}

void to_json(nlohmann::json &json, const DeepCacheOptions &options) {
    json = {{"interval", options.interval}, {"branch", options.branch}};
}

void from_json(const nlohmann::json &json, DeepCacheOptions &options) {
    options = {};
    options.interval = json.value("interval", options.interval);
    options.branch = json.value("branch", options.branch);
}

} // namespace able::protocol
