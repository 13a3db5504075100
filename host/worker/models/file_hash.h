// SHA-256 of weight files.
#pragma once

#include <filesystem>
#include <future>
#include <string>
#include <vector>

namespace able::worker {

// In hex, of one file; of several, of their digests in order. Throws std::runtime_error.
std::string hash_files(const std::vector<std::filesystem::path> &files);

// The same on a thread of its own, for whoever asks later. Waits for the thread when it goes.
class FileHash {
public:
    FileHash() = default;
    explicit FileHash(std::vector<std::filesystem::path> files);
    const std::string &get();

private:
    std::future<std::string> pending_;
    std::string hash_;
};

} // namespace able::worker
