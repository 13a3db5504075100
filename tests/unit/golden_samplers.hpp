// The bundled samplers and schedules, and what the reference programs give for them (tools/sampler-golden).
#pragma once

#include "fake_host.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <vector>

namespace able::tests {

inline const PluginFile &samplers() {
    static const PluginFile file(ABLE_PLUGIN_DIR "/samplers.so");
    return file;
}

inline const std::vector<std::string> &sampler_ids() {
    static const auto ids = samplers().ids<able_sampler>(ABLE_FACTORY_SAMPLER);
    return ids;
}

inline const std::vector<std::string> &schedule_ids() {
    static const auto ids = samplers().ids<able_schedule>(ABLE_FACTORY_SCHEDULE);
    return ids;
}

inline const nlohmann::json &golden() {
    static const nlohmann::json data =
        nlohmann::json::parse(std::ifstream(ABLE_SOURCE_DIR "/tests/unit/data/k_diffusion.json"));
    return data;
}

// A model with the training table that the golden data was made with, Stable Diffusion's.
inline able_model_info model_info() {
    static const auto sigmas = golden().at("training_sigmas").get<std::vector<double>>();
    able_model_info info{};
    info.struct_size = sizeof info;
    info.family = "sd1";
    static const able_noise_levels levels = level_table(sigmas);
    info.levels = &levels;
    return info;
}

} // namespace able::tests
