#include "sampling_record.h"

namespace able::worker {

namespace {

std::uint64_t subseed_of(const protocol::Generate &spec, std::uint64_t seed) {
    return spec.noise.subseed + (seed - spec.seed);
}

bool resized(const protocol::NoiseOptions &noise) {
    return noise.resize_from_width != 0 && noise.resize_from_height != 0;
}

std::string level_list(const std::vector<double> &sigmas) {
    std::string text;
    for (const double sigma : sigmas) {
        text += (text.empty() ? "" : ", ") + images::number_text(sigma);
    }
    return text;
}

} // namespace

void record_options(nlohmann::json &metadata, const protocol::Generate &spec, std::uint64_t seed) {
    const auto &guidance = spec.guidance;
    const auto &noise = spec.noise;
    if (guidance.rescale > 0) {
        metadata["guidance_rescale"] = guidance.rescale;
    }
    if (guidance.perp_neg_scale) {
        metadata["perp_neg_scale"] = *guidance.perp_neg_scale;
    }
    if (guidance.start > 0) {
        metadata["guidance_start"] = guidance.start;
    }
    if (guidance.end < 1) {
        metadata["guidance_end"] = guidance.end;
    }
    if (spec.deep_cache.on()) {
        metadata["deep_cache_interval"] = spec.deep_cache.interval;
        metadata["deep_cache_branch"] = spec.deep_cache.branch;
    }
    if (noise.subseed_strength > 0) {
        metadata["subseed"] = subseed_of(spec, seed);
        metadata["subseed_strength"] = noise.subseed_strength;
    }
    if (resized(noise)) {
        metadata["seed_resize_from_width"] = noise.resize_from_width;
        metadata["seed_resize_from_height"] = noise.resize_from_height;
    }
    if (noise.eta_noise_seed_delta != 0) {
        metadata["eta_noise_seed_delta"] = noise.eta_noise_seed_delta;
    }
    if (!spec.sigmas.empty()) {
        metadata["sigmas"] = spec.sigmas;
    }
}

void record_options(images::Parameters &parameters, const protocol::Generate &spec, std::uint64_t seed) {
    const auto &guidance = spec.guidance;
    const auto &noise = spec.noise;
    auto &extra = parameters.extra;
    if (noise.subseed_strength > 0) {
        extra.emplace_back("Variation seed", std::to_string(subseed_of(spec, seed)));
        extra.emplace_back("Variation seed strength", images::number_text(noise.subseed_strength));
    }
    if (resized(noise)) {
        extra.emplace_back("Seed resize from",
                           std::to_string(noise.resize_from_width) + "x" + std::to_string(noise.resize_from_height));
    }
    if (noise.eta_noise_seed_delta != 0) {
        extra.emplace_back("ENSD", std::to_string(noise.eta_noise_seed_delta));
    }
    if (guidance.rescale > 0) {
        extra.emplace_back("CFG Rescale", images::number_text(guidance.rescale));
    }
    if (guidance.perp_neg_scale) {
        extra.emplace_back("Perp-Neg scale", images::number_text(*guidance.perp_neg_scale));
    }
    if (guidance.start > 0) {
        extra.emplace_back("Guidance start", images::number_text(guidance.start));
    }
    if (guidance.end < 1) {
        extra.emplace_back("Guidance end", images::number_text(guidance.end));
    }
    if (spec.deep_cache.on()) {
        extra.emplace_back("DeepCache interval", std::to_string(spec.deep_cache.interval));
        extra.emplace_back("DeepCache branch", std::to_string(spec.deep_cache.branch));
    }
    if (!spec.sigmas.empty()) {
        extra.emplace_back("Sigmas", level_list(spec.sigmas));
    }
}

} // namespace able::worker
