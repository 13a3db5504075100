#include "catalogue_service.h"

#include "plugin_set.h"

#include "host/plugins/subprocess.h"

#include <spdlog/spdlog.h>

#include <sstream>
#include <vector>

namespace able::worker {

namespace {

// Opening a model means reading its headers; a disk may have to spin up first.
constexpr std::chrono::seconds kProbeLimit{60};

void fill(models::ModelEntry &entry, const nlohmann::json &reply) {
    entry.ready = reply.at("ready").get<bool>();
    entry.reason = reply.at("reason").get<std::string>();
    entry.family = reply.value("family", "");
    entry.variant = reply.value("variant", "");
    entry.dtype = reply.value("dtype", "");
    entry.default_width = reply.value("default_width", 0U);
    entry.default_height = reply.value("default_height", 0U);
}

void fill(models::LoraEntry &entry, const nlohmann::json &reply) {
    entry.ready = reply.at("ready").get<bool>();
    entry.reason = reply.at("reason").get<std::string>();
    entry.family = reply.value("family", "");
}

// All entries of a catalogue by one index: models first.
class Entries {
public:
    explicit Entries(models::Catalogue &catalogue) : catalogue_(catalogue) {}

    std::size_t size() const { return catalogue_.models.size() + catalogue_.loras.size(); }
    nlohmann::json request(std::size_t index) const {
        const bool model = index < catalogue_.models.size();
        const auto &path =
            model ? catalogue_.models[index].path : catalogue_.loras[index - catalogue_.models.size()].path;
        return {{"what", model ? "model" : "lora"}, {"path", path.string()}, {"index", index}};
    }
    void answer(std::size_t index, const nlohmann::json &reply) {
        if (index < catalogue_.models.size()) {
            fill(catalogue_.models[index], reply);
            return;
        }
        fill(catalogue_.loras.at(index - catalogue_.models.size()), reply);
    }

private:
    models::Catalogue &catalogue_;
};

// Reads the answers that came; returns the index after the last.
std::size_t take_answers(const std::string &output, Entries &entries, std::size_t next) {
    std::istringstream lines(output);
    for (std::string line; std::getline(lines, line);) {
        const auto reply = nlohmann::json::parse(line, nullptr, false);
        try {
            const auto index = reply.at("index").get<std::size_t>();
            entries.answer(index, reply);
            next = std::max(next, index + 1);
        } catch (const std::exception &error) {
            spdlog::warn("event=probe_answer_ignored reason=\"{}\"", error.what());
        }
    }
    return next;
}

// Has a child look into every entry. A file that kills the child costs itself, not the others.
void probe(models::Catalogue &catalogue, const plugins::Registry &registry, const std::filesystem::path &executable) {
    Entries entries(catalogue);
    const auto plugins = plugins_to_json(registry);
    std::size_t next = 0;
    while (next < entries.size()) {
        nlohmann::json list = nlohmann::json::array();
        for (std::size_t index = next; index < entries.size(); ++index) {
            list.push_back(entries.request(index));
        }
        const auto child =
            plugins::run_child({executable.string(), "worker", "--probe"},
                               nlohmann::json{{"plugins", plugins}, {"entries", list}}.dump(), kProbeLimit);
        next = take_answers(child.out, entries, next);
        if (next >= entries.size()) {
            return;
        }
        const std::string how = child.timed_out ? "took too long" : plugins::describe_exit(child.status);
        entries.answer(next, {{"ready", false},
                              {"reason", "the process that looked into it " + how +
                                             "; the file is damaged, or a plugin cannot cope with it"}});
        spdlog::error("event=probe_failed how=\"{}\" entry={}", how, entries.request(next).dump());
        ++next;
    }
}

} // namespace

CatalogueService::CatalogueService(models::CatalogueRoots roots, std::filesystem::path executable,
                                   std::function<std::shared_ptr<const plugins::Registry>()> registry)
    : roots_(std::move(roots)), executable_(std::move(executable)), registry_(std::move(registry)) {}

CatalogueService::~CatalogueService() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

void CatalogueService::start() {
    if (!thread_.joinable()) {
        thread_ = std::thread([this] { refresh(); });
    }
}

std::shared_ptr<const models::Catalogue> CatalogueService::look() {
    auto catalogue = std::make_shared<models::Catalogue>(models::scan(roots_));
    for (const auto &warning : catalogue->warnings) {
        spdlog::warn("event=catalogue_warning text=\"{}\"", warning);
    }
    try {
        probe(*catalogue, *registry_(), executable_);
    } catch (const std::exception &error) {
        spdlog::error("event=probe_failed reason=\"{}\"", error.what());
    }
    return catalogue;
}

std::shared_ptr<const models::Catalogue> CatalogueService::refresh() {
    const std::lock_guard look_lock(look_mutex_);
    auto catalogue = look();
    {
        const std::lock_guard lock(mutex_);
        catalogue_ = catalogue;
    }
    changed_.notify_all();
    return catalogue;
}

std::shared_ptr<const models::Catalogue> CatalogueService::current() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return catalogue_ != nullptr; });
    return catalogue_;
}

bool CatalogueService::ready() const {
    const std::lock_guard lock(mutex_);
    return catalogue_ != nullptr;
}

} // namespace able::worker
