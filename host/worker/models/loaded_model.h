// A model's files, then the model itself with the adapters applied to it.
#pragma once

#include "file_hash.h"
#include "host/protocol/generate.h"
#include "plugin_set.h"

#include "host/config/config.h"
#include "host/models/source.h"
#include "host/plugins/calls/calls.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace able::worker {

// Opens the files of a catalogue entry. Throws models::ModelError.
std::shared_ptr<models::Source> open_model_source(const std::filesystem::path &path);

struct ModelChoice {
    std::string id, path;
    std::string vae_path; // empty: its own autoencoder
    // Of the pipeline, those that loading depends on; checked, without defaults.
    nlohmann::json params = nlohmann::json::object();

    bool operator==(const ModelChoice &other) const {
        return path == other.path && vae_path == other.vae_path && params == other.params;
    }
};

struct AppliedLora {
    std::string id, sha256;
    double unet_weight = 1, text_weight = 1;
    std::uint32_t matched = 0;
    std::vector<std::string> unmatched; // keys of the file that fit no target
    std::vector<double> blocks = {};    // as in LoraUse
    nlohmann::json params = nlohmann::json::object();
};

struct AppliedEmbedding {
    std::string id, name, sha256; // `name` is the file's, which prompts use
    std::uint32_t tokens = 0;
};

class LoadedModel {
public:
    // Opens the files and finds the pipeline that takes them; nothing is loaded. Throws models::ModelError,
    // plugins::CallError.
    LoadedModel(PluginSet &plugins, const config::Inference &settings, ModelChoice choice);
    ~LoadedModel();
    LoadedModel(const LoadedModel &) = delete;
    LoadedModel &operator=(const LoadedModel &) = delete;

    // Whether the files have changed since they were opened.
    bool stale() const { return stamp_ != stamp(); }
    // Before load(): what it will take, and a job of this size add. Where the pipeline does not say, the files' size.
    able_memory estimate(std::uint32_t width, std::uint32_t height, std::uint32_t batch,
                         const plugins::JobContext &job) const;
    // Reports how far it is, from 0 to 1. Throws plugins::CallError.
    void load(plugins::JobContext &job, const std::function<void(double fraction)> &progress);

    // After load().
    plugins::Model &model() { return *model_; }
    std::uint64_t bytes() const;                                                                 // in use
    std::uint64_t working(std::uint32_t width, std::uint32_t height, std::uint32_t batch) const; // that a job adds
    // Makes exactly these apply. Throws plugins::CallError, models::ModelError.
    void apply(const std::vector<protocol::LoraUse> &loras, const std::vector<protocol::EmbeddingUse> &embeddings,
               plugins::JobContext &job);
    const std::vector<AppliedLora> &loras() const { return applied_; }
    const std::vector<AppliedEmbedding> &embeddings() const { return applied_embeddings_; }

    const ModelChoice &choice() const { return choice_; }
    const std::string &id() const { return choice_.id; }
    const Origin &pipeline() const { return pipeline_.origin; }
    const std::vector<plugins::ParamDescription> &params() const { return pipeline_.description->params; } // it takes
    const std::string &hash() { return hash_.get(); }         // waits for the thread that computes it
    const std::string &vae_hash() { return vae_hash_.get(); } // empty for its own autoencoder

private:
    // NOLINTNEXTLINE(bugprone-exception-escape): moving json asserts, it does not throw
    struct OpenAdapter {
        std::string path, bundled, stamp, sha256;
        nlohmann::json params; // that it was opened with
        std::shared_ptr<models::Source> source;
        std::unique_ptr<plugins::AdapterFile> file;
        std::vector<std::unique_ptr<plugins::AdapterFile>> parts; // go before it

        bool is_any(const std::vector<plugins::AdapterUse> &uses) const;
    };

    // `bundled` as in EmbeddingUse.
    OpenAdapter &open_adapter(const std::string &path, const std::string &bundled, const nlohmann::json &params,
                              const plugins::JobContext &job);
    AppliedEmbedding open_embedding(const protocol::EmbeddingUse &use, std::vector<plugins::AdapterUse> &uses,
                                    const plugins::JobContext &job);
    void add_uses(OpenAdapter &lora, const protocol::LoraUse &use, std::vector<plugins::AdapterUse> &uses) const;
    std::string stamp() const;

    PluginSet &plugins_;
    const config::Inference &settings_;
    ModelChoice choice_;
    std::shared_ptr<models::Source> source_, vae_;
    std::string stamp_; // of the files when they were opened
    Loaded<able_pipeline> pipeline_;
    FileHash hash_, vae_hash_;
    std::unique_ptr<plugins::Model> model_;              // goes before its sources
    std::vector<std::unique_ptr<OpenAdapter>> adapters_; // go before the model, whose targets they refer to
    std::vector<AppliedLora> applied_;
    std::vector<AppliedEmbedding> applied_embeddings_;
};

} // namespace able::worker
