// One look at the plugin folders: which files there are, what each says of itself, why one is not used.
#pragma once

#include "discovery.h"
#include "registry.h"

#include <map>
#include <string>
#include <vector>

namespace able::plugins {

class Scanner {
public:
    explicit Scanner(const DiscoveryOptions &options);

    // All plugin files in order of precedence. Only new and changed files are described.
    std::vector<PluginFile> scan();

private:
    // What identifies one state of one file: path, size, modification time, inode.
    struct Known {
        std::string stamp;
        PluginFile file;
        bool durable = true; // worth keeping for the next start; a time-out is not
    };

    std::vector<std::filesystem::path> candidates() const;
    Known examine(const std::filesystem::path &path, const std::string &stamp) const;
    std::filesystem::path take_snapshot(const std::filesystem::path &path) const;
    void load_cache();
    void save_cache() const;
    void prune_snapshots() const;
    std::string host_stamp() const;

    const DiscoveryOptions &options_;
    std::map<std::string, Known> known_; // by path
};

} // namespace able::plugins
