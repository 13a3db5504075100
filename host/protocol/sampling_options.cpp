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
    json.at("rescale").get_to(options.rescale);
    json.at("start").get_to(options.start);
    json.at("end").get_to(options.end);
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
    json.at("subseed").get_to(options.subseed);
    json.at("subseed_strength").get_to(options.subseed_strength);
    json.at("resize_from_width").get_to(options.resize_from_width);
    json.at("resize_from_height").get_to(options.resize_from_height);
    json.at("eta_noise_seed_delta").get_to(options.eta_noise_seed_delta);
}

void to_json(nlohmann::json &json, const DeepCacheOptions &options) {
    json = {{"interval", options.interval}, {"branch", options.branch}};
}

void from_json(const nlohmann::json &json, DeepCacheOptions &options) {
    options = {};
    json.at("interval").get_to(options.interval);
    json.at("branch").get_to(options.branch);
}

} // namespace able::protocol
