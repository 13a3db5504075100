// The model that a worker holds, with the adapters applied to it. Loading another frees it.
#pragma once

#include "job_spec.h"
#include "plugin_set.h"

#include "host/config/config.h"
#include "host/models/source.h"
#include "host/plugins/calls.h"

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace able::worker {

// Opens the files of a catalogue entry. Throws models::ModelError.
std::shared_ptr<models::Source> open_model_source(const std::filesystem::path &path);

// SHA-256, in hex, of one weight file; of several, of their digests in order. Throws std::runtime_error.
std::string hash_files(const std::vector<std::filesystem::path> &files);

struct AppliedLora {
    std::string id, sha256;
    double unet_weight = 1, text_weight = 1;
    std::uint32_t matched = 0;
    std::vector<std::string> unmatched; // keys of the file that fit no target
};

class ModelHolder {
public:
    ModelHolder(PluginSet &plugins, config::Inference settings);
    ~ModelHolder();

    // Makes `spec`'s model, with exactly `loras`, the one that is held. Throws models::ModelError,
    // plugins::PluginError, plugins::CallError.
    plugins::Model &prepare(const JobSpec &spec, const std::vector<LoraUse> &loras, const plugins::JobContext &job);

    const Origin &pipeline() const { return pipeline_; }
    const std::vector<AppliedLora> &loras() const { return applied_; }
    // Of the model's weight files; waits for the thread that computes it.
    const std::string &model_hash();

private:
    struct OpenLora {
        std::string path, stamp, sha256;
        std::shared_ptr<models::Source> source;
        std::unique_ptr<plugins::AdapterFile> file;
    };

    void load(const JobSpec &spec, const plugins::JobContext &job);
    void apply(const std::vector<LoraUse> &loras, const plugins::JobContext &job);
    OpenLora &open_lora(const LoraUse &use, const plugins::JobContext &job);
    void unload();

    PluginSet &plugins_;
    config::Inference settings_;
    std::string key_; // path and stamp of what is held
    Origin pipeline_;
    std::shared_ptr<models::Source> source_;
    std::unique_ptr<plugins::Model> model_;
    std::vector<std::unique_ptr<OpenLora>> loras_;
    std::vector<AppliedLora> applied_;
    std::future<std::string> hashing_;
    std::string hash_;
};

} // namespace able::worker
