// What the engine needs of the rest of the host: plugins, models, and something to run jobs on.
#pragma once

#include "host/config/config.h"
#include "host/plugins/describe/discovery.h"
#include "host/plugins/describe/registry.h"
#include "host/server/catalogue/catalogue.h"
#include "host/server/catalogue/token_counter.h"
#include "host/server/requests/from_image.h"
#include "host/server/requests/resolve.h"
#include "host/server/supervisor/slot.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace able::server {

// Runs one task at a time. server::Slot is the real one.
class Runner {
public:
    virtual ~Runner() = default;
    // For the jobs from now on; by the thread that runs them.
    virtual void configure(const config::Config &) {}
    // Time limits, for the job that runs, too. Thread-safe.
    virtual void set_limits(const config::Config &) {}
    virtual Outcome run(const protocol::RunTask &task, const plugins::Registry &registry, JobSink &sink,
                        const CancelToken &cancel) = 0;
    // Ids of the models that are ready to use, most recently used first. Thread-safe.
    virtual std::vector<std::string> loaded_models() const = 0;
    // The worker's process id, 0 if none. Thread-safe.
    virtual int pid() const = 0;
    virtual void shut_down() = 0;
};

// Thread-safe.
class Environment {
public:
    virtual ~Environment() = default;
    virtual void start() = 0; // begins to look for plugins and models; does not wait
    virtual void stop() = 0;
    // Keys that may change at run time have; waits where models have to be looked at anew.
    virtual void configure(const config::Config &) {}
    virtual bool ready() const = 0;                                  // both first looks are over
    virtual std::shared_ptr<const plugins::Registry> registry() = 0; // may wait for the first look
    virtual std::shared_ptr<const plugins::Registry> refresh_registry() = 0;
    virtual std::shared_ptr<const Catalogue> catalogue() = 0; // may wait for the first look
    virtual std::shared_ptr<const Catalogue> refresh_catalogue() = 0;
    virtual std::unique_ptr<Runner> make_runner() = 0;
    // As server::count_tokens.
    virtual std::vector<EncoderTokens> count_tokens(const ModelEntry &model,
                                                    const std::vector<std::vector<prompt::Segment>> &prompts,
                                                    const std::vector<WordTokens> &words) = 0;
    // As LoadChecker::problem.
    virtual std::string load_problem(const ModelEntry & /*model*/, const ModelEntry * /*vae*/,
                                     const nlohmann::json & /*params*/, const config::Inference & /*settings*/) {
        return {};
    }
    // As server::picture_texts.
    virtual PictureTexts picture_texts(const std::vector<std::uint8_t> &png) = 0;
};

// For resolve(); the environment outlives them.
Inquiries inquiries(Environment &environment);

// The real one; `executable` is ablerefusal itself.
std::unique_ptr<Environment> make_environment(const config::Config &config, const std::filesystem::path &executable);

// What the configuration means to each part.
plugins::DiscoveryOptions discovery_options(const config::Config &config, const std::filesystem::path &executable);
CatalogueRoots catalogue_roots(const config::Config &config, const std::filesystem::path &executable);
// Where what was found out about models is kept between runs.
std::filesystem::path catalogue_cache(const config::Config &config);
SlotOptions slot_options(const config::Config &config, const std::filesystem::path &executable);

} // namespace able::server
