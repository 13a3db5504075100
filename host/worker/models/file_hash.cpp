#include "file_hash.h"

#include "host/base/sha256.h"

#include <fstream>
#include <stdexcept>

namespace able::worker {

namespace {

std::string hash_file(const std::filesystem::path &file) {
    std::ifstream in(file, std::ios::binary);
    base::Sha256 sha;
    std::vector<char> buffer(1U << 20);
    while (in) {
        in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        sha.update(buffer.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof()) {
        throw std::runtime_error("cannot read " + file.string());
    }
    return sha.hex();
}

} // namespace

std::string hash_files(const std::vector<std::filesystem::path> &files) {
    if (files.size() == 1) {
        return hash_file(files.front());
    }
    base::Sha256 sha;
    for (const auto &file : files) {
        const std::string digest = hash_file(file);
        sha.update(digest.data(), digest.size());
    }
    return sha.hex();
}

FileHash::FileHash(std::vector<std::filesystem::path> files)
    : pending_(std::async(std::launch::async, [files = std::move(files)] { return hash_files(files); })) {}

const std::string &FileHash::get() {
    if (pending_.valid()) {
        hash_ = pending_.get();
    }
    return hash_;
}

} // namespace able::worker
