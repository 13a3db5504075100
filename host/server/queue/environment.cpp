#include "environment.h"

#include "host/config/memory_limit.h"
#include "host/config/model_places.h"
#include "host/server/catalogue/catalogue_service.h"
#include "host/server/catalogue/load_checker.h"

#include <spdlog/spdlog.h>

namespace able::server {
namespace {

std::chrono::milliseconds milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

TimeLimits time_limits(const config::Config &config) {
    return {milliseconds(config.queue.timeout), milliseconds(config.queue.stall_timeout)};
}

// Folders that the configuration names, with the key that does.
std::vector<ExpectedFolder> expected_folders(const config::Config &config, const config::ModelPlaces &places) {
    std::vector<ExpectedFolder> expected;
    std::error_code error;
    if (!config.storage.models_dir_by_default) {
        expected.push_back({config.storage.models_dir, "storage.models_dir"});
    }
    if (std::filesystem::exists(config.storage.models_dir, error)) {
        expected.push_back({places.models.front(), "models.layout " + config.models.layout});
    }
    for (const auto &[folders, key] : {std::pair(&config.models.extra_folders, "models.extra_folders"),
                                       std::pair(&config.models.lora_folders, "models.lora_folders"),
                                       std::pair(&config.models.embedding_folders, "models.embedding_folders")}) {
        for (const auto &folder : *folders) {
            expected.push_back({folder, key});
        }
    }
    return expected;
}

class SlotRunner : public Runner {
public:
    SlotRunner(const config::Config &config, std::filesystem::path executable)
        : executable_(std::move(executable)), slot_(slot_options(config, executable_)) {}

    void set_limits(const config::Config &config) override { slot_.set_limits(time_limits(config)); }
    void configure(const config::Config &config) override { slot_.configure(slot_options(config, executable_)); }
    Outcome run(const protocol::RunTask &task, const plugins::Registry &registry, JobSink &sink,
                const CancelToken &cancel) override {
        return slot_.run(task, registry, sink, cancel);
    }
    std::vector<std::string> loaded_models() const override { return slot_.loaded_models(); }
    int pid() const override { return slot_.pid(); }
    void shut_down() override { slot_.shut_down(); }

private:
    const std::filesystem::path executable_;
    Slot slot_;
};

class RealEnvironment : public Environment {
public:
    RealEnvironment(const config::Config &config, const std::filesystem::path &executable)
        : executable_(executable), config_(config), discovery_(discovery_options(config, executable)),
          catalogue_(
              catalogue_roots(config, executable), executable, [this] { return discovery_.current(); },
              catalogue_cache(config), config.inference) {}

    void start() override {
        discovery_.start();
        catalogue_.start();
        catalogue_.hash_from_now_on();
    }
    void stop() override { discovery_.stop(); }
    void configure(const config::Config &config) override {
        if (catalogue_.configure(catalogue_roots(config, executable_), config.inference)) {
            catalogue_.refresh();
        }
    }
    bool ready() const override { return discovery_.ready() && catalogue_.ready(); }
    std::shared_ptr<const plugins::Registry> registry() override { return discovery_.current(); }
    std::shared_ptr<const plugins::Registry> refresh_registry() override { return discovery_.refresh(); }
    std::shared_ptr<const Catalogue> catalogue() override { return catalogue_.current(); }
    std::shared_ptr<const Catalogue> refresh_catalogue() override {
        discovery_.refresh(); // a pipeline that was copied in a moment ago knows its models
        return catalogue_.refresh();
    }
    std::unique_ptr<Runner> make_runner() override { return std::make_unique<SlotRunner>(config_, executable_); }
    std::vector<EncoderTokens> count_tokens(const ModelEntry &model,
                                            const std::vector<std::vector<prompt::Segment>> &prompts,
                                            const std::vector<WordTokens> &words) override {
        return server::count_tokens(executable_, plugins::plugins_to_json(*registry()), model, prompts, words);
    }
    std::string load_problem(const ModelEntry &model, const ModelEntry *vae, const nlohmann::json &params,
                             const config::Inference &settings) override {
        try {
            return load_checker_.problem(model, vae, params, *registry(), settings_of(settings));
        } catch (const std::exception &error) { // the worker finds out
            spdlog::warn("event=load_check_failed model=\"{}\" reason=\"{}\"", model.id, error.what());
            return {};
        }
    }
    PictureTexts picture_texts(const std::vector<std::uint8_t> &png) override {
        return server::picture_texts(executable_, png);
    }

private:
    const std::filesystem::path executable_;
    const config::Config config_; // as at the start
    plugins::Discovery discovery_;
    CatalogueService catalogue_;
    LoadChecker load_checker_{executable_};
};

} // namespace

Inquiries inquiries(Environment &environment) {
    return {[&](const auto &model, const auto &prompts, const auto &words) {
                return environment.count_tokens(model, prompts, words);
            },
            [&](const auto &model, const auto *vae, const auto &params, const auto &settings) {
                return environment.load_problem(model, vae, params, settings);
            }};
}

plugins::DiscoveryOptions discovery_options(const config::Config &config, const std::filesystem::path &executable) {
    plugins::DiscoveryOptions options;
    options.folders = plugins::plugin_folders(config.plugins.paths, executable);
    options.deny = config.plugins.deny;
    options.executable = executable;
    options.cache_dir = config.storage.temp_dir;
    options.describe_timeout = milliseconds(config.plugins.describe_timeout);
    return options;
}

std::filesystem::path catalogue_cache(const config::Config &config) {
    return config.storage.temp_dir / "models.json";
}

CatalogueRoots catalogue_roots(const config::Config &config, const std::filesystem::path &executable) {
    CatalogueRoots roots;
    const config::ModelPlaces places = config::model_places(config);
    roots.expected = expected_folders(config, places);
    roots.model_folders = places.models;
    roots.model_folders.insert(roots.model_folders.end(), config.models.extra_folders.begin(),
                               config.models.extra_folders.end());
    if (!config.models.hub_cache.empty()) {
        roots.hub_caches.push_back(config.models.hub_cache);
    }
    roots.lora_folders = places.loras;
    roots.lora_folders.insert(roots.lora_folders.end(), config.models.lora_folders.begin(),
                              config.models.lora_folders.end());
    roots.embedding_folders = places.embeddings;
    roots.embedding_folders.insert(roots.embedding_folders.end(), config.models.embedding_folders.begin(),
                                   config.models.embedding_folders.end());
    if (config.models.demo) {
        // As installed: <prefix>/bin and <prefix>/share. The build tree has the same shape.
        roots.bundled_folders.push_back(executable.parent_path().parent_path() / "share/ablerefusal/demo");
    }
    return roots;
}

SlotOptions slot_options(const config::Config &config, const std::filesystem::path &executable) {
    SlotOptions options;
    options.executable = executable;
    options.inference = config.inference;
    options.inference.memory_limit = std::to_string(config::worker_memory_limit(config));
    options.limits = time_limits(config);
    return options;
}

std::unique_ptr<Environment> make_environment(const config::Config &config, const std::filesystem::path &executable) {
    return std::make_unique<RealEnvironment>(config, executable);
}

} // namespace able::server
