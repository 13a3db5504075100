// The models that a worker holds: those used last, within a limit of memory.
#pragma once

#include "loaded_model.h"

#include "host/protocol/task.h"

#include <functional>
#include <list>

namespace able::worker {

// The models that a task needs in memory at the same time, and the picture that has to fit beside them.
struct ModelsWanted {
    std::vector<ModelChoice> models;     // the base model, then its refiner if there is one
    std::uint32_t width = 0, height = 0; // pixels
    std::uint32_t batch = 2;             // latents in one evaluation: 1 without guidance
};

ModelsWanted models_wanted(const protocol::Generate &spec);
ModelsWanted models_wanted(const protocol::Load &load);

class ModelHolder {
public:
    // Tells that a model is being loaded, and how far that is, from 0 to 1.
    using Loading = std::function<void(const std::string &model_id, double fraction)>;

    // `settings.memory_limit` is this worker's, in bytes.
    ModelHolder(PluginSet &plugins, config::Inference settings);
    ModelHolder(const ModelHolder &) = delete; // the models refer to its settings
    ModelHolder &operator=(const ModelHolder &) = delete;

    // Sees that the model and its refiner are loaded, the refiner without LoRAs; frees those that were not used
    // for longest to make room. Throws, before anything is loaded or freed, plugins::CallError (ABLE_OUT_OF_MEMORY) for
    // a job that cannot fit; models::ModelError, plugins::PluginError, plugins::CallError.
    void prepare(const ModelsWanted &wanted, plugins::JobContext &job, const Loading &loading);

    // Of the job that was prepared last.
    LoadedModel &base() { return *base_; }
    LoadedModel *refiner() { return refiner_; }                  // null: none
    const Origin &pipeline() const { return base_->pipeline(); } // of the base model

    // Ids of what is loaded, most recently used first.
    std::vector<std::string> loaded() const;

private:
    LoadedModel *find(const ModelChoice &choice);
    void make_room(std::uint64_t bytes, const std::vector<const LoadedModel *> &keep);

    PluginSet &plugins_;
    config::Inference settings_;
    std::uint64_t limit_;
    std::list<std::unique_ptr<LoadedModel>> models_; // most recently used first
    LoadedModel *base_ = nullptr, *refiner_ = nullptr;
};

} // namespace able::worker
