// What a pipeline says of a model before it is loaded; see able_model_probe.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace able::models {

// What a model honours of a prompt; see able_prompt_support.
struct PromptTraits {
    std::uint32_t honours = 0; // ABLE_HONOURS_…
    std::uint32_t chunk_tokens = 0;
    std::uint32_t most_tokens = 0;
};

// Zero or empty: the pipeline says nothing of it.
struct ModelTraits {
    std::string family_name; // for people
    std::uint32_t size_multiple = 0;
    std::uint32_t smallest_side = 0, largest_side = 0;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes; // the only ones
    std::string sampler, schedule;                              // recommended
    std::uint32_t steps = 0;
    double guidance = 0;
    std::uint32_t latent_channels = 0, scale_factor = 0;
    std::optional<PromptTraits> prompt;
};

void to_json(nlohmann::json &json, const ModelTraits &traits);
void from_json(const nlohmann::json &json, ModelTraits &traits);

} // namespace able::models
