#include "catalogue_service.h"

#include "entry_stamp.h"

#include "host/base/file_stamp.h"
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

// Opening a model means reading its headers; a disk may have to spin up first, and there may be many.
constexpr std::chrono::seconds kProbeLimit{60};
constexpr std::chrono::milliseconds kProbeShare{500}; // more for each: a vocabulary is parsed for most

void fill(ModelEntry &entry, const nlohmann::json &reply) {
    entry.ready = reply.at("ready").get<bool>();
    entry.reason = reply.at("reason").get<std::string>();
    entry.family = reply.value("family", "");
    entry.variant = reply.value("variant", "");
    entry.dtype = reply.value("dtype", "");
    entry.default_width = reply.value("default_width", 0U);
    entry.default_height = reply.value("default_height", 0U);
    entry.pipeline = reply.value("pipeline", "");
    entry.traits = reply.value("traits", models::ModelTraits{});
    entry.needs = reply.value("needs", std::vector<std::string>());
    entry.notes = reply.value("notes", std::vector<std::string>());
    entry.encodes = reply.value("encodes", true);
    entry.memory = reply.value("memory", models::MemoryNeed{});
}

void fill(LoraEntry &entry, const nlohmann::json &reply) {
    entry.ready = reply.at("ready").get<bool>();
    entry.reason = reply.at("reason").get<std::string>();
    entry.family = reply.value("family", "");
    entry.type = reply.value("variant", "");
    entry.adapter = reply.value("adapter", "");
    if (const auto details = reply.find("details"); details != reply.end()) {
        details->get_to(entry.details);
    }
    entry.data_offset = reply.value("data_offset", std::uint64_t{0});
    entry.few_steps = few_steps_of(entry.id, entry.details.title);
    entry.bundled.clear();
    for (const auto &bundled : reply.value("bundled", nlohmann::json::array())) {
        auto &word = entry.bundled.emplace_back();
        bundled.at("name").get_to(word.name);
        word.id = entry.id + ":" + word.name;
        word.path = entry.path;
        bundled.at("ready").get_to(word.ready);
        bundled.at("reason").get_to(word.reason);
        bundled.at("family").get_to(word.family);
        bundled.at("tokens").get_to(word.tokens);
        word.bundled = true;
    }
}

void fill(EmbeddingEntry &entry, const nlohmann::json &reply) {
    entry.ready = reply.at("ready").get<bool>();
    entry.reason = reply.at("reason").get<std::string>();
    entry.family = reply.value("family", "");
    entry.tokens = reply.value("tokens", 0U);
    entry.word = reply.value("word", "");
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
        visit(index, [&](const char *, const auto &entry) { path = entry.path; });
        return path;
    }
    std::string key(std::size_t index) const { return what(index) + " " + path(index).string(); }
    nlohmann::json request(std::size_t index) const {
        return {{"what", what(index)}, {"path", path(index).string()}, {"index", index}};
    }
    void answer(std::size_t index, const nlohmann::json &reply) {
        visit(index, [&](const char *, auto &entry) { fill(entry, reply); });
    }

private:
    std::string what(std::size_t index) const {
        std::string name;
        visit(index, [&](const char *what, const auto &) { name = what; });
        return name;
    }
    template <class Use>
    void visit(std::size_t index, Use use) const {
        if (index < catalogue_.models.size()) {
            return use("model", catalogue_.models[index]);
        }
        index -= catalogue_.models.size();
        if (index < catalogue_.loras.size()) {
            return use("lora", catalogue_.loras[index]);
        }
        use("embedding", catalogue_.embeddings.at(index - catalogue_.loras.size()));
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
        auto reply = nlohmann::json::parse(line, nullptr, false);
        try {
            const auto index = reply.at("index").get<std::size_t>();
            const auto question = std::find_if(questions.begin(), questions.end(),
                                               [index](const Question &candidate) { return candidate.index == index; });
            if (question == questions.end()) {
                throw std::runtime_error("nobody asked for it");
            }
            entries.answer(index, reply);
            settled = std::max(settled, static_cast<std::size_t>(question - questions.begin()) + 1);
            if (reply.value("lasting", false)) {
                reply.erase("index");
                cache.store(entries.key(index), question->stamp, std::move(reply));
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
            entries.answer(index, *known);
            continue;
        }
        questions.push_back({index, std::move(stamp)});
    }
    return questions;
}

// Has a child look into every entry that is new or has changed. A file that kills the child costs itself, not the
// others.
void probe(Catalogue &catalogue, const plugins::Registry &registry, const std::filesystem::path &executable,
           const nlohmann::json &settings, ProbeCache &cache) {
    Entries entries(catalogue);
    const std::vector<Question> all = open_questions(entries, cache);
    const auto plugins = plugins::plugins_to_json(registry);
    for (std::span<const Question> questions = all; !questions.empty();) {
        nlohmann::json list = nlohmann::json::array();
        for (const Question &question : questions) {
            list.push_back(entries.request(question.index));
        }
        const auto child =
            base::run_child({executable.string(), "worker", "--probe"},
                            nlohmann::json{{"plugins", plugins}, {"entries", list}, {"inference", settings}}.dump(),
                            kProbeLimit + questions.size() * kProbeShare);
        questions = questions.subspan(take_answers(child.out, entries, questions, cache));
        if (questions.empty()) {
            return;
        }
        const std::string how = child.timed_out ? "took too long" : base::describe_exit(child.status);
        const std::size_t culprit = questions.front().index;
        entries.answer(culprit, {{"ready", false},
                                 {"reason", "the process that looked into it " + how +
                                                "; the file is damaged, or a plugin cannot cope with it"}});
        spdlog::error("event=probe_failed how=\"{}\" entry={}", how, entries.request(culprit).dump());
        questions = questions.subspan(1);
    }
}

// What of the configuration has a say in the answers.
nlohmann::json settings_of(const config::Inference &inference) {
    return {{"device", inference.device}, {"dtype", inference.dtype}, {"vae_tiling", inference.vae_tiling}};
}

// Autoencoders on their own are no models to ask for a picture.
void put_vaes_aside(Catalogue &catalogue) {
    const auto vaes = std::stable_partition(catalogue.models.begin(), catalogue.models.end(),
                                            [](const auto &entry) { return !entry.ready || entry.variant != "vae"; });
    catalogue.vaes.assign(std::make_move_iterator(vaes), std::make_move_iterator(catalogue.models.end()));
    catalogue.models.erase(vaes, catalogue.models.end());
}

} // namespace

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
        cache_.begin(registry->fingerprint() + " " + base::file_stamp(executable_) + " " + settings.dump());
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
