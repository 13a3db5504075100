#include "model_holder.h"

#include "host/models/error.h"
#include "host/models/hub_cache.h"
#include "host/plugins/file_stamp.h"

#include <ablerefusal/glue.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace able::worker {

namespace {

std::string stamp_of(const models::Source &source) {
    std::string stamp;
    for (const auto &file : source.weight_files()) {
        stamp += plugins::file_stamp(file) + ";";
    }
    return stamp;
}

class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
    void update(const void *data, std::size_t size) { EVP_DigestUpdate(context_.get(), data, size); }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
        std::string out;
        for (unsigned int i = 0; i < size; ++i) {
            out += "0123456789abcdef"[digest[i] >> 4U];
            out += "0123456789abcdef"[digest[i] & 15U];
        }
        return out;
    }

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX *)> context_;
};

std::string hash_file(const std::filesystem::path &file) {
    std::ifstream in(file, std::ios::binary);
    Sha256 sha;
    std::vector<char> buffer(1U << 20);
    while (in) {
        in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        sha.update(buffer.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof()) {
        throw std::runtime_error("cannot read " + file.string());
    }
    return sha.hex();
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

std::string hash_files(const std::vector<std::filesystem::path> &files) {
    if (files.size() == 1) {
        return hash_file(files.front());
    }
    Sha256 sha;
    for (const auto &file : files) {
        const std::string digest = hash_file(file);
        sha.update(digest.data(), digest.size());
    }
    return sha.hex();
}

std::shared_ptr<models::Source> open_model_source(const std::filesystem::path &path) {
    models::FolderOptions options;
    if (const auto repo = models::repo_folder_of_snapshot(path)) {
        options.trusted_roots.push_back(*repo);
    }
    return models::Source::open(path, options);
}

ModelHolder::ModelHolder(PluginSet &plugins, config::Inference settings)
    : plugins_(plugins), settings_(std::move(settings)) {}

ModelHolder::~ModelHolder() {
    unload();
}

plugins::Model &ModelHolder::prepare(const JobSpec &spec, const std::vector<LoraUse> &loras,
                                     const plugins::JobContext &job) {
    load(spec, job);
    apply(loras, job);
    return *model_;
}

void ModelHolder::load(const JobSpec &spec, const plugins::JobContext &job) {
    if (model_ && key_ == spec.model_path + "\n" + stamp_of(*source_)) {
        return;
    }
    unload();
    auto source = open_model_source(spec.model_path);
    std::vector<std::string> problems;
    const auto pipelines = plugins_.pipelines(problems);
    const auto &pipeline = surest(pipelines, *source, "pipeline", problems);

    auto options = make_struct<able_load_options>();
    options.threads = settings_.threads;
    options.device = settings_.device.c_str();
    options.dtype = settings_.dtype.c_str();
    source_ = source;
    model_ = std::make_unique<plugins::Model>(*pipeline.object, source_->abi(), options, job);
    pipeline_ = pipeline.origin;
    key_ = spec.model_path + "\n" + stamp_of(*source_);
    // Needed only once the first image is written.
    hashing_ = std::async(std::launch::async, [files = source_->weight_files()] { return hash_files(files); });
}

ModelHolder::OpenLora &ModelHolder::open_lora(const LoraUse &use, const plugins::JobContext &job) {
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

void ModelHolder::apply(const std::vector<LoraUse> &loras, const plugins::JobContext &job) {
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
    model_->set_adapters(uses, job);
    applied_ = std::move(applied);
    // What is no longer applied need not stay mapped.
    std::erase_if(loras_, [&](const auto &lora) {
        return std::none_of(uses.begin(), uses.end(), [&](const auto &use) { return use.file == lora->file.get(); });
    });
}

const std::string &ModelHolder::model_hash() {
    if (hashing_.valid()) {
        hash_ = hashing_.get();
    }
    return hash_;
}

void ModelHolder::unload() {
    // The order matters: adapters refer to the model's targets, the model to its source.
    if (hashing_.valid()) {
        hashing_.wait();
        hashing_ = {};
    }
    applied_.clear();
    loras_.clear();
    model_.reset();
    source_.reset();
    key_.clear();
    hash_.clear();
}

} // namespace able::worker
