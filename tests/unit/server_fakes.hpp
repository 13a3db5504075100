// Stand-ins for plugins, models and workers, so that the engine and the server can be tested without any.
#pragma once

#include "host/server/engine.h"
#include "host/server/queue/environment.h"
#include "text/clip_vocabulary.h"
#include "text/prompt_chunks.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace fakes {

// A folder that goes with the test.
class TempDir {
public:
    TempDir() {
        std::string pattern = (std::filesystem::temp_directory_path() / "ablerefusal-test-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TempDir() {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
    }
    TempDir(const TempDir &) = delete;
    TempDir &operator=(const TempDir &) = delete;
    const std::filesystem::path &path() const { return path_; }

private:
    std::filesystem::path path_;
};

// The job store that commit d245aff wrote, made anew in `folder`: see queue_store_test.cpp.
inline std::filesystem::path old_store(const std::filesystem::path &folder) {
    const std::filesystem::path file = folder / "jobs.sqlite";
    std::ifstream dump(std::string(ABLE_SOURCE_DIR) + "/tests/unit/data/jobs_d245aff.sql");
    Poco::Data::SQLite::Connector::registerConnector();
    Poco::Data::Session session("SQLite", file.string());
    std::string statement;
    for (std::string line; std::getline(dump, line);) {
        statement += line;
        if (line.ends_with(';')) {
            Poco::Data::Statement(session << statement).execute();
            statement.clear();
        }
    }
    return file;
}

inline able::plugins::ObjectDescription object(able::plugins::ObjectKind kind, std::string id, std::string name,
                                               std::vector<std::string> aliases = {}) {
    able::plugins::ObjectDescription description;
    description.kind = kind;
    description.id = std::move(id);
    description.name = std::move(name);
    description.aliases = std::move(aliases);
    return description;
}

inline std::vector<able::plugins::PluginFile> plugin_files() {
    using able::plugins::ObjectKind;
    able::plugins::ParamDescription eta;
    eta.key = "eta";
    eta.minimum = 0;
    eta.maximum = 1;
    eta.default_number = 1;
    able::plugins::PluginFile file;
    file.path = "/plugins/samplers.so";
    file.snapshot = "/cache/samplers-1.so";
    file.description.id = "able.samplers";
    file.description.version = "1.0.0";
    auto &objects = file.description.objects;
    objects.push_back(object(ObjectKind::sampler, "euler_a", "Euler a", {"euler_ancestral"}));
    objects.back().default_schedule = "normal";
    objects.back().params.push_back(eta);
    objects.push_back(object(ObjectKind::sampler, "dpmpp_2m", "DPM++ 2M"));
    objects.back().default_schedule = "karras";
    objects.push_back(object(ObjectKind::schedule, "normal", "Normal"));
    objects.push_back(object(ObjectKind::schedule, "karras", "Karras"));
    return {file};
}

inline able::server::ModelEntry model(const std::string &id, bool ready = true) {
    able::server::ModelEntry entry;
    entry.id = id;
    entry.name = id.substr(id.rfind('/') + 1);
    entry.path = "/models/" + id;
    entry.kind = "folder";
    entry.default_width = 64;
    entry.default_height = 64;
    entry.ready = ready;
    entry.reason = ready ? "" : "its VAE is missing";
    return entry;
}

inline able::server::Catalogue catalogue() {
    able::server::Catalogue result;
    result.models = {model("tiny-sd15")};
    able::server::LoraEntry lora;
    lora.id = "styles/ink";
    lora.name = "ink";
    lora.path = "/models/loras/styles/ink.safetensors";
    lora.ready = true;
    result.loras = {lora};
    return result;
}

// A task with the id of its job. Loading a model is one that has no image to make.
struct AskedFor : able::protocol::Generate {
    std::string id;
    bool is_load = false;
};

inline AskedFor asked_for(const able::protocol::RunTask &run) {
    AskedFor asked;
    if (const auto *generate = std::get_if<able::protocol::Generate>(&run.task)) {
        static_cast<able::protocol::Generate &>(asked) = *generate;
    } else {
        asked.is_load = true;
        asked.model_id = able::protocol::model_of(run.task);
        asked.batch_size = 0;
    }
    asked.id = run.job_id;
    return asked;
}

// What the fake workers do, and what they were asked to do.
class Script {
public:
    using Run = std::function<able::server::Outcome(const AskedFor &, able::server::JobSink &,
                                                    const able::server::CancelToken &)>;
    Run run;
    std::atomic<int> runs{0};

    std::vector<AskedFor> seen() const {
        const std::lock_guard lock(mutex_);
        return seen_;
    }
    void record(const AskedFor &spec) {
        const std::lock_guard lock(mutex_);
        seen_.push_back(spec);
    }
    // What the environment, and the runner before a job, were last told to go by.
    void configure(std::optional<able::config::Config> Script::*of, const able::config::Config &config) {
        const std::lock_guard lock(mutex_);
        this->*of = config;
    }
    std::optional<able::config::Config> of_environment, of_runner;

private:
    mutable std::mutex mutex_;
    std::vector<AskedFor> seen_;
};

inline able::protocol::ImageDone image_done(const AskedFor &spec, std::uint32_t index) {
    able::protocol::ImageDone image;
    image.image = index;
    image.path = spec.output_dir + "/" + spec.id + "-" + std::to_string(index) + ".png";
    image.seed = spec.seed + index;
    image.width = spec.width;
    image.height = spec.height;
    image.metadata = {{"prompt", spec.prompt}};
    return image;
}

// Reports every step of every image; stops when cancelled.
inline able::server::Outcome make_images(const AskedFor &spec, able::server::JobSink &sink,
                                         const able::server::CancelToken &cancel) {
    for (std::uint32_t image = spec.first_image; image < spec.batch_size; ++image) {
        for (std::uint32_t step = 1; step <= spec.steps; ++step) {
            if (cancel.cancelled()) {
                return {able::server::OutcomeKind::cancelled, "", "", false};
            }
            sink.step({image, step, spec.steps, {}});
        }
        sink.image(image_done(spec, image));
    }
    return {};
}

// A job that runs until it is cancelled.
inline able::server::Outcome wait_for_cancel(const AskedFor &, able::server::JobSink &sink,
                                             const able::server::CancelToken &cancel) {
    sink.phase({"loading", 0.5});
    while (!cancel.cancelled()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {able::server::OutcomeKind::cancelled, "", "", false};
}

class FakeRunner : public able::server::Runner {
public:
    explicit FakeRunner(std::shared_ptr<Script> script) : script_(std::move(script)) {}
    void configure(const able::config::Config &config) override { script_->configure(&Script::of_runner, config); }
    able::server::Outcome run(const able::protocol::RunTask &task, const able::plugins::Registry &,
                              able::server::JobSink &sink, const able::server::CancelToken &cancel) override {
        const AskedFor spec = asked_for(task);
        script_->record(spec);
        ++script_->runs;
        {
            const std::lock_guard lock(mutex_);
            loaded_ = {spec.model_id};
        }
        return script_->run(spec, sink, cancel);
    }
    std::vector<std::string> loaded_models() const override {
        const std::lock_guard lock(mutex_);
        return loaded_;
    }
    int pid() const override { return 0; }
    void shut_down() override {
        const std::lock_guard lock(mutex_);
        loaded_.clear();
    }

private:
    std::shared_ptr<Script> script_;
    mutable std::mutex mutex_;
    std::vector<std::string> loaded_;
};

// The words that stand in a text, as a pipeline with CLIP's tokenizer has it.
inline std::vector<std::size_t> words_in(const std::string &text, const std::vector<able::server::WordTokens> &words) {
    static able::text::ClipTokenizer tokenizer(able::text::clip_tokenizer_source(), "tokenizer", 1 << 30);
    std::vector<able::text::NewWord> known;
    for (const auto &word : words) {
        known.push_back({word.names, word.tokens});
    }
    const able::text::PromptWords names(tokenizer, known);
    const std::vector<able::text::Piece> pieces{{text, 1, false}};
    std::vector<std::size_t> found;
    for (const auto &chunk : able::text::prompt_chunks(tokenizer, pieces, 75, names)) {
        for (const auto &word : chunk.words) {
            found.push_back(word.word);
        }
    }
    return found;
}

class FakeEnvironment : public able::server::Environment {
public:
    explicit FakeEnvironment(std::shared_ptr<Script> script)
        : script_(std::move(script)), registry_(std::make_shared<const able::plugins::Registry>(plugin_files())),
          catalogue_(std::make_shared<const able::server::Catalogue>(fakes::catalogue())) {}
    void start() override {}
    void stop() override {}
    void configure(const able::config::Config &config) override { script_->configure(&Script::of_environment, config); }
    bool ready() const override { return true; }
    std::shared_ptr<const able::plugins::Registry> registry() override { return registry_; }
    std::shared_ptr<const able::plugins::Registry> refresh_registry() override {
        const std::lock_guard lock(mutex_);
        return registry_;
    }
    std::shared_ptr<const able::server::Catalogue> catalogue() override { return catalogue_; }
    std::shared_ptr<const able::server::Catalogue> refresh_catalogue() override { return catalogue_; }
    std::unique_ptr<able::server::Runner> make_runner() override { return std::make_unique<FakeRunner>(script_); }

    // One token a byte, in chunks of 75; words as CLIP finds them.
    std::vector<able::server::EncoderTokens>
    count_tokens(const able::server::ModelEntry &, const std::vector<std::vector<able::prompt::Segment>> &prompts,
                 const std::vector<able::server::WordTokens> &words) override {
        counted_words = words;
        if (tokenizer_problem) {
            throw std::runtime_error(*tokenizer_problem);
        }
        able::server::EncoderTokens encoder{"tokenizer", 75, {}};
        for (const auto &segments : prompts) {
            std::vector<able::server::TokenChunk> chunks(1);
            for (const auto &segment : segments) {
                for (const char c : segment.text) {
                    if (chunks.back().ids.size() == encoder.room) {
                        chunks.emplace_back();
                    }
                    chunks.back().ids.push_back(static_cast<unsigned char>(c));
                    chunks.back().weights.push_back(segment.weight);
                }
            }
            for (const auto &segment : segments) {
                for (const std::size_t word : words_in(segment.text, words)) {
                    chunks.back().words.push_back(static_cast<std::uint32_t>(word) + 1);
                }
            }
            encoder.prompts.push_back(std::move(chunks));
        }
        return {encoder};
    }
    able::server::PictureTexts picture_texts(const std::vector<std::uint8_t> &) override { return texts; }
    able::server::PictureTexts texts; // of every picture
    std::optional<std::string> tokenizer_problem;
    std::vector<able::server::WordTokens> counted_words; // that the last count was asked about

    // As if the plugin files had been deleted.
    void lose_plugins() {
        const std::lock_guard lock(mutex_);
        registry_ = std::make_shared<const able::plugins::Registry>();
    }

private:
    std::shared_ptr<Script> script_;
    std::mutex mutex_;
    std::shared_ptr<const able::plugins::Registry> registry_;
    std::shared_ptr<const able::server::Catalogue> catalogue_;
};

inline able::config::Config config_in(const std::filesystem::path &folder) {
    able::config::Config config;
    config.storage.output_dir = folder / "outputs";
    config.storage.models_dir = folder / "models";
    config.storage.temp_dir = folder / "temp";
    return config;
}

// Waits until `condition` holds; throws after a time that only a hang reaches. May run on any thread, which Catch's
// assertions may not.
template <class Condition>
void eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) {
            throw std::runtime_error("waited in vain");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

} // namespace fakes
