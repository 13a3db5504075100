// The hashes by which people know LoRAs and embeddings, computed while nothing waits for them.
#pragma once

#include "probe_cache.h"

#include "catalogue.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace able::server {

// Reads bytes and nothing else: no file is parsed here. Thread-safe.
class HashService {
public:
    struct Wish {
        std::filesystem::path path;
        std::uint64_t data_offset = 0; // see server::LoraEntry
    };
    using Found = std::function<void(const std::filesystem::path &path, const FileHashes &hashes)>;

    // Kept in `cache_file` by path, size and time of modification, between runs; an empty path keeps it in memory only.
    // `found` is called on the thread of want(), once for each wish that can be met.
    HashService(std::filesystem::path cache_file, Found found);
    // Stops in the middle of a file, which the next run begins anew.
    ~HashService();
    HashService(const HashService &) = delete;
    HashService &operator=(const HashService &) = delete;

    // What is known of a file as it is now.
    std::optional<FileHashes> known(const Wish &wish);
    // Computes the rest on a thread of the lowest priority, one file after the other; these instead of what is still
    // waiting.
    void want(std::vector<Wish> wishes);
    // Returns when nothing is waiting any more.
    void wait();

private:
    void work();
    // With mutex_ held.
    std::optional<FileHashes> find(const Wish &wish, const std::string &stamp);
    bool stopping();

    const Found found_;
    std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    ProbeCache cache_;
    std::deque<Wish> waiting_;
    bool busy_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace able::server
