#include "catalogue_service.h"

#include "entry_stamp.h"

#include "host/base/file_stamp.h"
#include "host/base/strict_json.h"
#include "host/base/subprocess.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <sstream>
#include <tuple>
#include <vector>

namespace able::server {

namespace {

constexpr base::JsonLimits answer_limits{.max_depth = 16, .max_values = 100'000};

// Opening a model means reading its headers; a disk may have to spin up first, and there may be many.
constexpr std::chrono::seconds probe_limit{60};
constexpr std::chrono::milliseconds probe_share{500}; // more for each: a vocabulary is parsed for most

void fill(ModelEntry &entry, const protocol::ModelFinding &finding) {
    static_cast<protocol::ModelFinding &>(entry) = finding;
}

void fill(LoraEntry &entry, const protocol::LoraFinding &finding) {
    static_cast<protocol::LoraFinding &>(entry) = finding;
    entry.few_steps = few_steps_of(entry.id, entry.details.title);
    entry.bundled.clear();
    for (const auto &found : finding.words) {
        auto &word = entry.bundled.emplace_back();
        word.name = found.name;
        word.id = entry.id + ":" + word.name;
        word.path = entry.path;
        word.ready = found.ready;
        word.reason = found.reason;
        word.family = found.family;
        word.tokens = found.tokens;
        word.bundled = true;
    }
}

void fill(EmbeddingEntry &entry, const protocol::EmbeddingFinding &finding) {
    static_cast<protocol::EmbeddingFinding &>(entry) = finding;
}

// All entries of a catalogue by one index: models, then LoRAs, then embeddings.
class Entries {
public:
    explicit Entries(Catalogue &catalogue) : catalogue_(catalogue) {}

    std::size_t size() const {
        return catalogue_.models.size() + catalogue_.loras.size() + catalogue_.embeddings.size();
    }
    std::filesystem::path path(std::size_t index) const {
        std::filesystem::path path;
        visit(index, [&](const auto &entry) { path = entry.path; });
        return path;
    }
    std::string key(std::size_t index) const { return what(index) + " " + path(index).string(); }
    protocol::ProbeQuestion question(std::size_t index) const { return {index, what(index), path(index).string()}; }
    // Throws std::runtime_error for a finding about another kind of file.
    void answer(std::size_t index, const protocol::AnyFinding &finding) {
        visit(index, [&](auto &entry) {
            std::visit(
                [&](const auto &found) {
                    if constexpr (requires { fill(entry, found); }) {
                        fill(entry, found);
                    } else {
                        throw std::runtime_error("it is about another kind of file");
                    }
                },
                finding);
        });
    }
    void refuse(std::size_t index, std::string reason) {
        visit(index, [&](auto &entry) {
            entry.ready = false;
            entry.reason = std::move(reason);
        });
    }

private:
    std::string what(std::size_t index) const {
        std::string name;
        visit(index, [&](const auto &entry) { name = entry.tag.name; });
        return name;
    }
    template <class Use>
    void visit(std::size_t index, const Use &use) const {
        if (index < catalogue_.models.size()) {
            return use(catalogue_.models[index]);
        }
        index -= catalogue_.models.size();
        if (index < catalogue_.loras.size()) {
            return use(catalogue_.loras[index]);
        }
        use(catalogue_.embeddings.at(index - catalogue_.loras.size()));
    }

    Catalogue &catalogue_;
};

// Runs `use(path, data offset, hashes, ready)` for all that people know by their hashes.
template <class Catalogue, class Use>
void each_hashed(Catalogue &catalogue, Use use) {
    for (auto &lora : catalogue.loras) {
        use(lora.path, lora.data_offset, lora.hashes, lora.ready);
    }
    for (auto &embedding : catalogue.embeddings) {
        use(embedding.path, std::uint64_t{0}, embedding.hashes, embedding.ready);
    }
}

// An entry that a child has to look into.
struct Question {
    std::size_t index;
    std::string stamp;
};

// Reads the answers that came; returns how many of the questions from `next` on are settled by them.
std::size_t take_answers(const std::string &output, Entries &entries, std::span<const Question> questions,
                         ProbeCache &cache) {
    std::size_t settled = 0;
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
        try {
            const auto answer =
                base::from_document<protocol::ProbeAnswer>(base::parse_strict_json(line, answer_limits), "an answer");
            const std::uint64_t index = answer.index;
            const auto question = std::find_if(questions.begin(), questions.end(),
                                               [index](const Question &candidate) { return candidate.index == index; });
            if (question == questions.end()) {
                throw std::runtime_error("nobody asked for it");
            }
            entries.answer(index, answer.finding);
            settled = std::max(settled, static_cast<std::size_t>(question - questions.begin()) + 1);
            if (answer.lasting) {
                cache.store(entries.key(index), question->stamp, base::to_document(answer.finding));
            }
        } catch (const std::exception &error) {
            spdlog::warn("event=probe_answer_ignored reason=\"{}\"", error.what());
        }
    }
    return settled;
}

// Fills in what the cache knows; returns the rest. Stamps are taken before anything is opened, so that a file that
// changes meanwhile is asked about again.
std::vector<Question> open_questions(Entries &entries, ProbeCache &cache) {
    std::vector<Question> questions;
    for (std::size_t index = 0; index < entries.size(); ++index) {
        std::string stamp = entry_stamp(entries.path(index));
        if (const nlohmann::json *known = cache.find(entries.key(index), stamp)) {
            try {
                entries.answer(index, base::from_document<protocol::AnyFinding>(*known, "a kept answer"));
                continue;
            } catch (const std::exception &error) {
                spdlog::warn("event=model_cache_ignored reason=\"{}\"", error.what());
            }
        }
        questions.push_back({index, std::move(stamp)});
    }
    return questions;
}

// Has a child look into every entry that is new or has changed. A file that kills the child costs itself, not the
// others.
void probe(Catalogue &catalogue, const plugins::Registry &registry, const std::filesystem::path &executable,
           const protocol::ProbeSettings &settings, ProbeCache &cache) {
    Entries entries(catalogue);
    const std::vector<Question> all = open_questions(entries, cache);
    const auto plugins = plugins::plugins_to_json(registry);
    for (std::span<const Question> questions = all; !questions.empty();) {
        protocol::ProbeRequest request{plugins, settings, {}};
        for (const Question &question : questions) {
            request.questions.push_back(entries.question(question.index));
        }
        const auto child =
            base::run_child({executable.string(), "worker", "--probe"}, base::to_document(request).dump(),
                            probe_limit + questions.size() * probe_share);
        questions = questions.subspan(take_answers(child.out, entries, questions, cache));
        if (questions.empty()) {
            return;
        }
        const std::string how = child.timed_out ? "took too long" : base::describe_exit(child.status);
        const std::size_t culprit = questions.front().index;
        entries.refuse(culprit, "the process that looked into it " + how +
                                    "; the file is damaged, or a plugin cannot cope with it");
        spdlog::error("event=probe_failed how=\"{}\" entry=\"{}\"", how, entries.key(culprit));
        questions = questions.subspan(1);
    }
}

// Autoencoders on their own are no models to ask for a picture.
void put_vaes_aside(Catalogue &catalogue) {
    const auto vaes = std::stable_partition(catalogue.models.begin(), catalogue.models.end(),
                                            [](const auto &entry) { return !entry.ready || entry.variant != "vae"; });
    catalogue.vaes.assign(std::make_move_iterator(vaes), std::make_move_iterator(catalogue.models.end()));
    catalogue.models.erase(vaes, catalogue.models.end());
}

} // namespace

protocol::ProbeSettings settings_of(const config::Inference &inference) {
    return {inference.device, inference.dtype, inference.vae_tiling};
}

CatalogueService::CatalogueService(CatalogueRoots roots, std::filesystem::path executable,
                                   std::function<std::shared_ptr<const plugins::Registry>()> registry,
                                   const std::filesystem::path &cache_file, config::Inference inference)
    : roots_(std::move(roots)), executable_(std::move(executable)), registry_(std::move(registry)), cache_(cache_file),
      inference_(std::move(inference)),
      hashes_(cache_file.empty() ? cache_file : cache_file.parent_path() / "hashes.json",
              [this](const auto &path, const auto &hashes) { set_hashes(path, hashes); }) {}

CatalogueService::~CatalogueService() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

bool CatalogueService::configure(CatalogueRoots roots, config::Inference inference) {
    const auto places = [](const CatalogueRoots &of) {
        return std::tie(of.model_folders, of.hub_caches, of.lora_folders, of.bundled_folders, of.embedding_folders,
                        of.expected);
    };
    const std::lock_guard look_lock(look_mutex_);
    const bool changed = places(roots) != places(roots_) || settings_of(inference) != settings_of(inference_);
    roots_ = std::move(roots);
    inference_ = std::move(inference);
    return changed;
}

void CatalogueService::start() {
    if (!thread_.joinable()) {
        thread_ = std::thread([this] { refresh(); });
    }
}

std::shared_ptr<const Catalogue> CatalogueService::look() {
    auto catalogue = std::make_shared<Catalogue>(scan(roots_));
    for (const auto &warning : catalogue->warnings) {
        spdlog::warn("event=catalogue_warning text=\"{}\"", warning);
    }
    try {
        const auto registry = registry_();
        const auto settings = settings_of(inference_);
        cache_.begin(registry->fingerprint() + " " + base::file_stamp(executable_) + " " +
                     base::to_document(settings).dump());
        probe(*catalogue, *registry, executable_, settings, cache_);
        put_vaes_aside(*catalogue);
        cache_.end();
        each_hashed(*catalogue, [&](const auto &path, std::uint64_t offset, FileHashes &hashes, bool) {
            hashes = hashes_.known({path, offset}).value_or(FileHashes());
        });
    } catch (const std::exception &error) {
        spdlog::error("event=probe_failed reason=\"{}\"", error.what());
    }
    return catalogue;
}

std::shared_ptr<const Catalogue> CatalogueService::refresh() {
    const std::lock_guard look_lock(look_mutex_);
    auto catalogue = look();
    bool hashing = false;
    {
        const std::lock_guard lock(mutex_);
        catalogue_ = catalogue;
        hashing = hashing_;
    }
    changed_.notify_all();
    if (hashing) {
        want_hashes(*catalogue);
    }
    return catalogue;
}

void CatalogueService::hash_from_now_on() {
    std::shared_ptr<const Catalogue> catalogue;
    {
        const std::lock_guard lock(mutex_);
        hashing_ = true;
        catalogue = catalogue_;
    }
    if (catalogue != nullptr) {
        want_hashes(*catalogue);
    }
}

void CatalogueService::want_hashes(const Catalogue &catalogue) {
    std::vector<HashService::Wish> wishes;
    each_hashed(catalogue, [&](const auto &path, std::uint64_t offset, const FileHashes &hashes, bool ready) {
        if (ready && hashes.sha256.empty()) {
            wishes.push_back({path, offset});
        }
    });
    hashes_.want(std::move(wishes));
}

void CatalogueService::set_hashes(const std::filesystem::path &path, const FileHashes &hashes) {
    const std::lock_guard lock(mutex_);
    if (catalogue_ == nullptr) {
        return;
    }
    auto changed = std::make_shared<Catalogue>(*catalogue_); // others may be reading that one
    each_hashed(*changed, [&](const auto &own, std::uint64_t, FileHashes &into, bool) {
        if (own == path) {
            into = hashes;
        }
    });
    catalogue_ = std::move(changed);
}

std::shared_ptr<const Catalogue> CatalogueService::current() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return catalogue_ != nullptr; });
    return catalogue_;
}

bool CatalogueService::ready() const {
    const std::lock_guard lock(mutex_);
    return catalogue_ != nullptr;
}

} // namespace able::server
