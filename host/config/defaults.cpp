#include "defaults.h"

#include "error.h"

namespace able::config {

namespace {

std::filesystem::path folder(const Environment &environment, const std::string &variable,
                             const std::filesystem::path &fallback, const char *key) {
    std::filesystem::path result = xdg_dir(environment, variable, fallback);
    if (result.empty()) {
        throw ConfigError(std::string(key) + ": the home folder is not known; set HOME, " + variable +
                          " or the key itself");
    }
    return result;
}

// The order of huggingface_hub: constants.py, HF_HUB_CACHE.
std::filesystem::path hub_cache(const Environment &environment) {
    for (const char *variable : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
        const auto set = environment.find(variable);
        if (set != environment.end() && !set->second.empty()) {
            return set->second;
        }
    }
    const auto home = environment.find("HF_HOME");
    if (home != environment.end() && !home->second.empty()) {
        return std::filesystem::path(home->second) / "hub";
    }
    return folder(environment, "XDG_CACHE_HOME", ".cache", "models.hub_cache") / "huggingface" / "hub";
}

std::string variable_or(const Environment &environment, const std::string &name, const std::string &fallback) {
    const auto set = environment.find(name);
    return set != environment.end() && !set->second.empty() ? set->second : fallback;
}

} // namespace

void fill_defaults(Config &config, const Environment &environment) {
    Storage &storage = config.storage;
    if (storage.output_dir.empty()) {
        storage.output_dir =
            folder(environment, "XDG_DATA_HOME", ".local/share", "storage.output_dir") / "ablerefusal" / "outputs";
    }
    if (storage.models_dir.empty()) {
        storage.models_dir_by_default = true;
        storage.models_dir =
            folder(environment, "XDG_DATA_HOME", ".local/share", "storage.models_dir") / "ablerefusal" / "models";
    }
    if (storage.temp_dir.empty()) {
        storage.temp_dir = folder(environment, "XDG_CACHE_HOME", ".cache", "storage.temp_dir") / "ablerefusal";
    }
    if (config.models.hub_cache.empty()) {
        config.models.hub_cache = hub_cache(environment);
    }
    if (config.models.hub_url.empty()) {
        config.models.hub_url = variable_or(environment, "HF_ENDPOINT", "https://huggingface.co");
    }
    if (config.models.hub_token.empty()) {
        config.models.hub_token = variable_or(environment, "HF_TOKEN", "");
    }
    if (config.prompts.wildcards_dir.empty()) {
        config.prompts.wildcards_dir = storage.models_dir / "wildcards";
    }
    if (config.queue.store.empty()) {
        config.queue.store = storage.output_dir / "jobs.sqlite";
    }
}

} // namespace able::config
