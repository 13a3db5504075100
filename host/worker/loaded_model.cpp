#include "loaded_model.h"

#include "load_options.h"

#include "host/models/error.h"
#include "host/models/hub_cache.h"
#include "host/plugins/file_stamp.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>

namespace able::worker {

namespace {

std::string stamp_of(const models::Source &source) {
    std::string stamp;
    for (const auto &file : source.weight_files()) {
        stamp += plugins::file_stamp(file) + ";";
    }
    return stamp;
}

// The plugin that is surest of the source. `problems` and the plugins' own words go into the error.
template <class Struct>
const Loaded<Struct> &surest(const std::vector<Loaded<Struct>> &candidates, const models::Source &source,
                             const std::string &noun, const std::vector<std::string> &problems) {
    const Loaded<Struct> *best = nullptr;
    std::uint32_t best_score = 0;
    std::string reasons;
    for (const auto &candidate : candidates) {
        const auto opinion = plugins::probe(*candidate.object, source.abi());
        if (opinion.score > best_score) {
            best = &candidate;
            best_score = opinion.score;
        }
        if (opinion.why != nullptr) {
            reasons += (reasons.empty() ? "" : "; ") + candidate.origin.id + ": " + opinion.why;
        }
    }
    if (best != nullptr) {
        return *best;
    }
    for (const auto &problem : problems) {
        reasons += (reasons.empty() ? "" : "; ") + problem;
    }
    throw models::ModelError(ABLE_UNSUPPORTED, "no " + noun + " plugin can use " + source.name() +
                                                   (reasons.empty() ? "" : " (" + reasons + ")"));
}

} // namespace

std::shared_ptr<models::Source> open_model_source(const std::filesystem::path &path) {
    models::FolderOptions options;
    if (const auto repo = models::repo_folder_of_snapshot(path)) {
        options.trusted_roots.push_back(*repo);
    }
    return models::Source::open(path, options);
}

LoadedModel::LoadedModel(PluginSet &plugins, const config::Inference &settings, ModelChoice choice)
    : plugins_(plugins), settings_(settings), choice_(std::move(choice)), source_(open_model_source(choice_.path)) {
    std::vector<std::string> problems;
    pipeline_ = surest(plugins_.pipelines(problems), *source_, "pipeline", problems);
    if (!choice_.vae_path.empty()) {
        vae_ = open_model_source(choice_.vae_path);
        const auto opinion = plugins::probe_vae(*pipeline_.object, vae_->abi());
        if (opinion.score == 0) {
            throw plugins::CallError(ABLE_UNSUPPORTED,
                                     "the pipeline '" + pipeline_.origin.id + "' cannot use " + vae_->name() +
                                         " as the VAE of " + source_->name() +
                                         (opinion.why != nullptr ? std::string(": ") + opinion.why : ""));
        }
    }
    stamp_ = stamp();
}

LoadedModel::~LoadedModel() {
    // The order matters: adapters refer to the model's targets, the model to its source.
    loras_.clear();
    model_.reset();
}

std::string LoadedModel::stamp() const {
    return stamp_of(*source_) + (vae_ ? stamp_of(*vae_) : "");
}

able_memory LoadedModel::estimate(std::uint32_t width, std::uint32_t height, std::uint32_t batch,
                                  const plugins::JobContext &job) const {
    const auto options = load_options(settings_, vae_ ? vae_->abi() : nullptr);
    if (const auto known = plugins::estimate(*pipeline_.object, source_->abi(), options, width, height, batch, job)) {
        return *known;
    }
    auto guess = make_struct<able_memory>();
    guess.weights = source_->size_bytes() + (vae_ ? vae_->size_bytes() : 0);
    return guess;
}

void LoadedModel::load(plugins::JobContext &job, const std::function<void(double fraction)> &progress) {
    job.on_progress = [&](double fraction) {
        // What was copied to the device need not stay mapped, or loading would take the file's size beside the model's.
        source_->let_go();
        progress(fraction);
    };
    const auto options = load_options(settings_, vae_ ? vae_->abi() : nullptr);
    model_ = std::make_unique<plugins::Model>(*pipeline_.object, source_->abi(), options, job);
    job.on_progress = nullptr;
    source_->let_go();
    // Needed only once the first image is written.
    hash_ = FileHash(source_->weight_files());
    if (vae_) {
        vae_hash_ = FileHash(vae_->weight_files());
    }
}

std::uint64_t LoadedModel::bytes() const {
    const std::uint64_t said = model_->memory(0, 0, 0);
    return said != 0 ? said : source_->size_bytes();
}

std::uint64_t LoadedModel::working(std::uint32_t width, std::uint32_t height, std::uint32_t batch) const {
    const std::uint64_t with_job = model_->memory(width, height, batch);
    const std::uint64_t idle = model_->memory(0, 0, 0);
    return with_job > idle ? with_job - idle : 0;
}

LoadedModel::OpenLora &LoadedModel::open_lora(const LoraUse &use, const plugins::JobContext &job) {
    const std::string stamp = plugins::file_stamp(use.path);
    const auto found = std::find_if(loras_.begin(), loras_.end(),
                                    [&](const auto &lora) { return lora->path == use.path && lora->stamp == stamp; });
    if (found != loras_.end()) {
        return **found;
    }
    auto lora = std::make_unique<OpenLora>();
    lora->path = use.path;
    lora->stamp = stamp;
    lora->source = models::Source::open_file(use.path);
    std::vector<std::string> problems;
    const auto adapters = plugins_.adapters(problems);
    const auto &adapter = surest(adapters, *lora->source, "adapter", problems);
    lora->file = std::make_unique<plugins::AdapterFile>(*adapter.object, lora->source->abi(), *model_, job);
    lora->sha256 = hash_files(lora->source->weight_files());
    loras_.push_back(std::move(lora));
    return *loras_.back();
}

void LoadedModel::apply(const std::vector<LoraUse> &loras, plugins::JobContext &job) {
    std::vector<plugins::AdapterUse> uses;
    std::vector<AppliedLora> applied;
    for (const auto &use : loras) {
        try {
            const auto &lora = open_lora(use, job);
            uses.push_back({lora.file.get(), use.unet_weight, use.text_weight});
            applied.push_back({use.id, lora.sha256, use.unet_weight, use.text_weight, lora.file->delta_count(),
                               lora.file->unmatched()});
        } catch (const plugins::CallError &error) {
            throw plugins::CallError(error.status(), "LoRA '" + use.id + "': " + error.what());
        } catch (const models::ModelError &error) {
            throw models::ModelError(error.status(), "LoRA '" + use.id + "': " + error.what());
        }
    }
    const auto same = [](const AppliedLora &a, const AppliedLora &b) {
        return a.id == b.id && a.sha256 == b.sha256 && a.unet_weight == b.unet_weight && a.text_weight == b.text_weight;
    };
    if (std::equal(applied.begin(), applied.end(), applied_.begin(), applied_.end(), same)) {
        return;
    }
    // The model's files are read once more, and need not stay mapped either.
    job.on_progress = [this](double) {
        source_->let_go();
    };
    try {
        model_->set_adapters(uses, job);
    } catch (...) {
        job.on_progress = nullptr;
        throw;
    }
    job.on_progress = nullptr;
    applied_ = std::move(applied);
    // What is no longer applied need not stay mapped.
    std::erase_if(loras_, [&](const auto &lora) {
        return std::none_of(uses.begin(), uses.end(), [&](const auto &use) { return use.file == lora->file.get(); });
    });
    for (const auto &lora : loras_) {
        lora->source->let_go();
    }
}

} // namespace able::worker
