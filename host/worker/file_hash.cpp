#include "file_hash.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace able::worker {

namespace {

class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
    void update(const void *data, std::size_t size) { EVP_DigestUpdate(context_.get(), data, size); }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
        std::string out;
        for (unsigned int i = 0; i < size; ++i) {
            out += "0123456789abcdef"[digest[i] >> 4U];
            out += "0123456789abcdef"[digest[i] & 15U];
        }
        return out;
    }

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX *)> context_;
};

std::string hash_file(const std::filesystem::path &file) {
    std::ifstream in(file, std::ios::binary);
    Sha256 sha;
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
    Sha256 sha;
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
