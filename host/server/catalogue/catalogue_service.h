// The models, LoRAs and embeddings on disk, each looked into by a child process: the server itself parses no model
// file.
#pragma once

#include "hash_service.h"
#include "probe_cache.h"

#include "catalogue.h"
#include "host/config/config.h"
#include "host/plugins/describe/registry.h"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace able::server {

// The settings that affect what a child finds.
protocol::ProbeSettings settings_of(const config::Inference &inference);

class CatalogueService {
public:
    // `registry` gives the plugins in force; it may block. What was found out is kept in `cache_file`, so that only
    // what has changed is opened again, here or in a later run; hashes are kept beside it, in hashes.json. `inference`
    // says what models are to be loaded as, which is what they need memory for.
    CatalogueService(CatalogueRoots roots, std::filesystem::path executable,
                     std::function<std::shared_ptr<const plugins::Registry>()> registry,
                     const std::filesystem::path &cache_file, config::Inference inference = {});
    ~CatalogueService();
    CatalogueService(const CatalogueService &) = delete;
    CatalogueService &operator=(const CatalogueService &) = delete;

    // Goes by these from the next look on. False if they are what they were. Thread-safe.
    bool configure(CatalogueRoots roots, config::Inference inference);
    // Starts the first look in the background.
    void start();
    // From now on, what has no hash yet gets one, in the background.
    void hash_from_now_on();
    // Returns when all have one. For tests.
    void wait_for_hashes() { hashes_.wait(); }
    // The catalogue in force; waits for the first look to end. Thread-safe.
    std::shared_ptr<const Catalogue> current() const;
    // Looks again and returns the result. Thread-safe.
    std::shared_ptr<const Catalogue> refresh();
    bool ready() const;

private:
    std::shared_ptr<const Catalogue> look();
    void set_hashes(const std::filesystem::path &path, const FileHashes &hashes);
    void want_hashes(const Catalogue &catalogue);

    CatalogueRoots roots_;
    std::filesystem::path executable_;
    std::function<std::shared_ptr<const plugins::Registry>()> registry_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::shared_ptr<const Catalogue> catalogue_;
    bool hashing_ = false;
    std::mutex look_mutex_;
    ProbeCache cache_; // by the look alone
    config::Inference inference_;
    HashService hashes_; // calls back, and goes before what that needs
    std::thread thread_;
};

} // namespace able::server
