// Where below storage.models_dir models, LoRAs and embeddings lie: as this program has them, or as an installation of
// another one that is there already.
#pragma once

#include "config.h"

#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

namespace able::config {

constexpr std::array<std::string_view, 3> model_layouts{"ablerefusal", "a1111", "comfyui"};

// The first of each is where downloads go.
struct ModelPlaces {
    std::vector<std::filesystem::path> models, loras, embeddings;
};

ModelPlaces model_places(const Config &config);

} // namespace able::config
