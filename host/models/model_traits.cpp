#include "model_traits.h"

#include <nlohmann/json.hpp>

namespace able::models {

void to_json(nlohmann::json &json, const ModelTraits &traits) {
    json = {{"family_name", traits.family_name},
            {"size_multiple", traits.size_multiple},
            {"smallest_side", traits.smallest_side},
            {"largest_side", traits.largest_side},
            {"sizes", traits.sizes},
            {"sampler", traits.sampler},
            {"schedule", traits.schedule},
            {"steps", traits.steps},
            {"guidance", traits.guidance},
            {"latent_channels", traits.latent_channels},
            {"scale_factor", traits.scale_factor},
            {"prompt", nullptr}};
    if (traits.prompt) {
        json["prompt"] = {{"honours", traits.prompt->honours},
                          {"chunk_tokens", traits.prompt->chunk_tokens},
                          {"most_tokens", traits.prompt->most_tokens}};
    }
}

void from_json(const nlohmann::json &json, ModelTraits &traits) {
    json.at("family_name").get_to(traits.family_name);
    json.at("size_multiple").get_to(traits.size_multiple);
    json.at("smallest_side").get_to(traits.smallest_side);
    json.at("largest_side").get_to(traits.largest_side);
    json.at("sizes").get_to(traits.sizes);
    json.at("sampler").get_to(traits.sampler);
    json.at("schedule").get_to(traits.schedule);
    json.at("steps").get_to(traits.steps);
    json.at("guidance").get_to(traits.guidance);
    json.at("latent_channels").get_to(traits.latent_channels);
    json.at("scale_factor").get_to(traits.scale_factor);
    traits.prompt.reset();
    if (const auto &prompt = json.at("prompt"); !prompt.is_null()) {
        traits.prompt =
            PromptTraits{prompt.at("honours").get<std::uint32_t>(), prompt.at("chunk_tokens").get<std::uint32_t>(),
                         prompt.at("most_tokens").get<std::uint32_t>()};
    }
}

} // namespace able::models
