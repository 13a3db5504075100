#include "loaded_model.h"

#include "host/worker/prompts/block_weights.h"
#include "load_options.h"

#include "host/base/file_stamp.h"
#include "host/models/error.h"
#include "host/models/hub_cache.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>

namespace able::worker {

namespace {

// What goes wrong in `body` is about `what`.
template <class Body>
void naming(const std::string &what, Body body) {
    try {
        body();
    } catch (const plugins::CallError &error) {
        throw plugins::CallError(error.status(), what + ": " + error.what());
    } catch (const models::ModelError &error) {
        throw models::ModelError(error.status(), what + ": " + error.what());
    }
}

std::string stamp_of(const models::Source &source) {
    std::string stamp;
    for (const auto &file : source.weight_files()) {
        stamp += base::file_stamp(file) + ";";
    }
    if (!source.configuration().empty()) {
        stamp += base::file_stamp(source.configuration());
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

bool among(const std::vector<plugins::AdapterUse> &uses, const plugins::AdapterFile &file) {
    return std::any_of(uses.begin(), uses.end(), [&](const auto &use) { return use.file == &file; });
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
        const auto opinion = plugins::probe(*pipeline_.object, vae_->abi());
        if (opinion.score == 0 || opinion.kind != ABLE_PROBE_COMPONENT || !plugins::fills(opinion, ABLE_ROLE_VAE)) {
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
    adapters_.clear();
    model_.reset();
}

std::string LoadedModel::stamp() const {
    return stamp_of(*source_) + (vae_ ? stamp_of(*vae_) : "");
}

able_memory LoadedModel::estimate(std::uint32_t width, std::uint32_t height, std::uint32_t batch,
                                  const plugins::JobContext &job) const {
    const plugins::ParamValues params(pipeline_.description->params, choice_.params);
    auto request = load_request(settings_, source_->abi(), vae_ ? vae_->abi() : nullptr);
    request.params = params.abi();
    if (const auto known = plugins::estimate(*pipeline_.object, request, width, height, batch, job)) {
        return *known;
    }
    auto guess = make_struct<able_memory>();
    guess.resident = source_->size_bytes() + (vae_ ? vae_->size_bytes() : 0);
    return guess;
}

void LoadedModel::load(plugins::JobContext &job, const std::function<void(double fraction)> &progress) {
    job.on_progress = [&](double fraction) {
        // What was copied to the device need not stay mapped, or loading would take the file's size beside the model's.
        source_->let_go();
        progress(fraction);
    };
    const plugins::ParamValues params(pipeline_.description->params, choice_.params);
    auto request = load_request(settings_, source_->abi(), vae_ ? vae_->abi() : nullptr);
    request.params = params.abi();
    model_ = std::make_unique<plugins::Model>(*pipeline_.object, request, job);
    job.on_progress = nullptr;
    source_->let_go();
    // Needed only once the first image is written.
    hash_ = FileHash(source_->weight_files());
    if (vae_) {
        vae_hash_ = FileHash(vae_->weight_files());
    }
}

std::uint64_t LoadedModel::bytes() const {
    const auto memory = model_->memory(0, 0, 0);
    return memory && memory->resident != 0 ? memory->resident : source_->size_bytes();
}

std::uint64_t LoadedModel::working(std::uint32_t width, std::uint32_t height, std::uint32_t batch) const {
    const auto memory = model_->memory(width, height, batch);
    return memory ? plugins::at_peak(*memory) : 0;
}

LoadedModel::OpenAdapter &LoadedModel::open_adapter(const std::string &path, const std::string &bundled,
                                                    const nlohmann::json &params, const plugins::JobContext &job) {
    const std::string stamp = base::file_stamp(path);
    const auto found = std::find_if(adapters_.begin(), adapters_.end(), [&](const auto &adapter) {
        return adapter->path == path && adapter->bundled == bundled && adapter->stamp == stamp &&
               adapter->params == params;
    });
    if (found != adapters_.end()) {
        return **found;
    }
    auto opened = std::make_unique<OpenAdapter>();
    opened->path = path;
    opened->bundled = bundled;
    opened->stamp = stamp;
    opened->params = params;
    opened->source = bundled.empty() ? models::Source::open_file(path) : models::Source::open_bundled(path, bundled);
    std::vector<std::string> problems;
    const auto adapters = plugins_.adapters(problems);
    const auto &adapter = surest(adapters, *opened->source, "adapter", problems);
    try {
        const plugins::ParamValues values(adapter.description->params, params);
        opened->file =
            std::make_unique<plugins::AdapterFile>(*adapter.object, opened->source->abi(), *model_, values, job);
    } catch (const plugins::ParamError &error) { // the plugin has changed since the request was checked
        throw plugins::CallError(ABLE_INVALID_ARGUMENT, error.what());
    }
    opened->sha256 = hash_files(opened->source->weight_files());
    adapters_.push_back(std::move(opened));
    return *adapters_.back();
}

AppliedEmbedding LoadedModel::open_embedding(const protocol::EmbeddingUse &use, std::vector<plugins::AdapterUse> &uses,
                                             const plugins::JobContext &job) {
    const able_prompt_support *support = model_->info().prompt;
    if (support == nullptr || (support->flags & ABLE_HONOURS_WORDS) == 0) {
        throw plugins::CallError(ABLE_UNSUPPORTED, "this model takes no new words for prompts (textual inversion)");
    }
    const auto &adapter = open_adapter(use.path, use.bundled, nlohmann::json::object(), job);
    const std::uint32_t tokens = adapter.file->word_tokens();
    if (tokens == 0) {
        throw plugins::CallError(ABLE_UNSUPPORTED, "the file has no new word for prompts");
    }
    uses.push_back({adapter.file.get(), 1, 1, use.words});
    return {use.id, use.words.empty() ? use.id : use.words.front(), adapter.sha256, tokens};
}

bool LoadedModel::OpenAdapter::is_any(const std::vector<plugins::AdapterUse> &uses) const {
    return among(uses, *file) ||
           std::any_of(parts.begin(), parts.end(), [&](const auto &part) { return among(uses, *part); });
}

// The file as a whole, or its parts with the weight of their block each.
void LoadedModel::add_uses(OpenAdapter &lora, const protocol::LoraUse &use,
                           std::vector<plugins::AdapterUse> &uses) const {
    const auto blocks = prompt::all_lora_blocks(use.blocks);
    if (!blocks) {
        uses.push_back({lora.file.get(), use.unet_weight, use.text_weight});
        return;
    }
    for (auto &part : split_by_block(*lora.file, BlockNumbers(*model_->targets()), *blocks)) {
        const auto &kept = lora.parts.emplace_back(std::make_unique<plugins::AdapterFile>(std::move(part.file)));
        uses.push_back({kept.get(), use.unet_weight * part.weight, use.text_weight * part.weight});
    }
}

void LoadedModel::apply(const std::vector<protocol::LoraUse> &loras,
                        const std::vector<protocol::EmbeddingUse> &embeddings, plugins::JobContext &job) {
    std::vector<plugins::AdapterUse> uses;
    std::vector<OpenAdapter *> opened;
    std::vector<AppliedLora> applied;
    for (const auto &use : loras) {
        naming("LoRA '" + use.id + "'", [&] {
            auto &lora = open_adapter(use.path, {}, use.params, job);
            opened.push_back(&lora);
            applied.push_back({use.id, lora.sha256, use.unet_weight, use.text_weight, lora.file->delta_count(),
                               lora.file->unmatched(), use.blocks, use.params});
        });
    }
    std::vector<AppliedEmbedding> applied_embeddings;
    for (const auto &use : embeddings) {
        naming("embedding '" + use.id + "'", [&] { applied_embeddings.push_back(open_embedding(use, uses, job)); });
    }
    const auto same = [](const AppliedLora &a, const AppliedLora &b) {
        return a.id == b.id && a.sha256 == b.sha256 && a.unet_weight == b.unet_weight &&
               a.text_weight == b.text_weight && a.blocks == b.blocks && a.params == b.params;
    };
    const auto same_word = [](const AppliedEmbedding &a, const AppliedEmbedding &b) {
        return a.id == b.id && a.sha256 == b.sha256;
    };
    if (std::equal(applied.begin(), applied.end(), applied_.begin(), applied_.end(), same) &&
        std::equal(applied_embeddings.begin(), applied_embeddings.end(), applied_embeddings_.begin(),
                   applied_embeddings_.end(), same_word)) {
        return;
    }
    for (std::size_t i = 0; i < loras.size(); ++i) {
        add_uses(*opened[i], loras[i], uses);
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
    applied_embeddings_ = std::move(applied_embeddings);
    // What is no longer applied need not stay mapped.
    std::erase_if(adapters_, [&](const auto &adapter) { return !adapter->is_any(uses); });
    for (const auto &adapter : adapters_) {
        std::erase_if(adapter->parts, [&](const auto &part) { return !among(uses, *part); });
        adapter->source->let_go();
    }
}

} // namespace able::worker
