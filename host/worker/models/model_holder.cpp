#include "model_holder.h"

#include "host/config/memory_demand.h"
#include "host/worker/main/process_settings.h"

#include "host/config/values.h"

#include <algorithm>
#include <limits>

namespace able::worker {

ModelsWanted models_wanted(const protocol::Generate &spec) {
    ModelsWanted wanted{{{spec.model_id, spec.model_path, spec.vae_path, spec.load_params}}, spec.width, spec.height};
    wanted.batch = spec.cfg_scale == 1 ? 1 : 2;
    if (!spec.refiner_path.empty()) {
        wanted.models.push_back({spec.refiner_id, spec.refiner_path, spec.vae_path});
    }
    return wanted;
}

ModelsWanted models_wanted(const protocol::Load &load) {
    return {{{load.model_id, load.model_path, load.vae_path, load.params}}, load.width, load.height};
}

ModelHolder::ModelHolder(PluginSet &plugins, config::Inference settings)
    : plugins_(plugins), settings_(std::move(settings)),
      limit_(config::parse_size(settings_.memory_limit).value_or(std::numeric_limits<std::uint64_t>::max())) {}

LoadedModel *ModelHolder::find(const ModelChoice &choice) {
    const auto entry =
        std::find_if(models_.begin(), models_.end(), [&](const auto &model) { return model->choice() == choice; });
    if (entry == models_.end()) {
        return nullptr;
    }
    if ((*entry)->stale()) {
        models_.erase(entry);
        return nullptr;
    }
    models_.splice(models_.begin(), models_, entry);
    return models_.front().get();
}

void ModelHolder::prepare(const ModelsWanted &wanted, plugins::JobContext &job, const Loading &loading) {
    base_ = refiner_ = nullptr;
    config::MemoryDemand demand{0, 0, wanted.width, wanted.height, wanted.models.size() > 1};
    std::uint64_t to_load = 0;
    std::vector<LoadedModel *> jobs_own;
    std::vector<const LoadedModel *> keep;
    std::vector<std::unique_ptr<LoadedModel>> missing;
    for (const auto &choice : wanted.models) {
        LoadedModel *model = find(choice);
        if (model != nullptr) {
            demand.weights += model->bytes();
            demand.working = std::max(demand.working, model->working(wanted.width, wanted.height, wanted.batch));
        } else {
            loading(choice.id, 0);
            missing.push_back(std::make_unique<LoadedModel>(plugins_, settings_, choice));
            model = missing.back().get();
            const able_memory memory = model->estimate(wanted.width, wanted.height, wanted.batch, job);
            demand.weights += memory.resident;
            demand.working = std::max(demand.working, plugins::at_peak(memory));
            to_load += memory.resident;
        }
        jobs_own.push_back(model);
        keep.push_back(model);
    }
    if (demand.total() > limit_) {
        throw plugins::CallError(ABLE_OUT_OF_MEMORY,
                                 config::refusal(demand, limit_, config::remedies(demand, limit_, settings_)));
    }
    make_room(to_load + demand.working, keep);
    for (auto &model : missing) {
        model->load(job, [&](double fraction) { loading(model->id(), fraction); });
        models_.push_front(std::move(model));
    }
    if (!missing.empty()) {
        // Converting weights leaves holes between them, a fifth of a model's size, that nobody may ever fill again.
        return_freed_memory();
    }
    base_ = jobs_own.front();
    if (jobs_own.size() > 1) {
        refiner_ = jobs_own.back();
        refiner_->apply({}, {}, job);
    }
}

void ModelHolder::make_room(std::uint64_t bytes, const std::vector<const LoadedModel *> &keep) {
    std::uint64_t held = 0;
    for (const auto &model : models_) {
        held += model->bytes();
    }
    for (auto entry = models_.end(); entry != models_.begin() && held + bytes > limit_;) {
        --entry;
        if (std::find(keep.begin(), keep.end(), entry->get()) == keep.end()) {
            held -= (*entry)->bytes();
            entry = models_.erase(entry);
        }
    }
}

std::vector<std::string> ModelHolder::loaded() const {
    std::vector<std::string> ids;
    for (const auto &model : models_) {
        ids.push_back(model->id());
    }
    return ids;
}

} // namespace able::worker
