#include "model_places.h"

namespace able::config {
namespace {

struct Layout {
    std::vector<const char *> models, loras, embeddings; // VAEs are found among models
};

Layout layout_of(std::string_view name) {
    if (name == "a1111") { // and Forge: modules/paths_internal.py, extensions-builtin/Lora/preload.py
        return {{"models/Stable-diffusion", "models/VAE"}, {"models/Lora", "models/LyCORIS"}, {"embeddings"}};
    }
    if (name == "comfyui") { // folder_paths.py
        return {{"models/checkpoints", "models/diffusers", "models/vae"}, {"models/loras"}, {"models/embeddings"}};
    }
    return {{""}, {"loras"}, {"embeddings"}};
}

std::vector<std::filesystem::path> below(const std::filesystem::path &root, const std::vector<const char *> &folders) {
    std::vector<std::filesystem::path> places;
    for (const std::string_view folder : folders) {
        places.push_back(folder.empty() ? root : root / folder);
    }
    return places;
}

} // namespace

ModelPlaces model_places(const Config &config) {
    const Layout layout = layout_of(config.models.layout);
    const auto &root = config.storage.models_dir;
    return {below(root, layout.models), below(root, layout.loras), below(root, layout.embeddings)};
}

} // namespace able::config
