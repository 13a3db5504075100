// Finds plugins, has each described in a child process, and keeps the registry up to date while the server runs.
#pragma once

#include "registry.h"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace able::plugins {

struct DiscoveryOptions {
    std::vector<std::filesystem::path> folders; // in order of precedence
    std::vector<std::string> deny;              // plugin ids never to use
    std::filesystem::path executable;           // ablerefusal, for `worker --describe`
    std::filesystem::path cache_dir;            // descriptions and private copies
    std::chrono::milliseconds describe_timeout{20000};
    std::chrono::milliseconds poll_interval{500}; // how often the folders are looked at; 0 = scan once
};

// The folders to search, in order: `explicit_folders` (flags, then configuration), $ABLEREFUSAL_PLUGIN_PATH, the user's
// (~/.local/share/ablerefusal/plugins), the system's, the bundled one beside `executable`.
std::vector<std::filesystem::path> plugin_folders(const std::vector<std::filesystem::path> &explicit_folders,
                                                  const std::filesystem::path &executable);

class Scanner;

class Discovery {
public:
    explicit Discovery(DiscoveryOptions options);
    ~Discovery();
    Discovery(const Discovery &) = delete;
    Discovery &operator=(const Discovery &) = delete;

    // Starts scanning in the background.
    void start();
    void stop();
    // The registry in force; waits for the first scan to end. Thread-safe.
    std::shared_ptr<const Registry> current() const;
    // The same, after another look at the folders: a file copied a moment ago is in it. Thread-safe.
    std::shared_ptr<const Registry> refresh();
    // True once the first scan has ended. Thread-safe.
    bool ready() const;

private:
    void run();

    DiscoveryOptions options_;
    std::unique_ptr<Scanner> scanner_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::shared_ptr<const Registry> registry_;
    std::mutex scan_mutex_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace able::plugins
