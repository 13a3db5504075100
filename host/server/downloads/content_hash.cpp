#include "content_hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace able::downloads {

struct ContentHash::Engine {
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    Engine() = default;
    ~Engine() { EVP_MD_CTX_free(context); }
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;
};

namespace {

constexpr std::size_t sha256_digits = 64;
constexpr std::size_t sha1_digits = 40;

void check(int result) {
    if (result != 1) {
        throw std::runtime_error("OpenSSL cannot compute hashes");
    }
}

} // namespace

bool is_content_hash(std::string_view text) {
    return (text.size() == sha256_digits || text.size() == sha1_digits) &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

ContentHash::ContentHash(std::string_view expected, std::uint64_t size) : engine_(std::make_unique<Engine>()) {
    const bool git = expected.size() == sha1_digits;
    check(EVP_DigestInit_ex(engine_->context, git ? EVP_sha1() : EVP_sha256(), nullptr));
    if (git) {
        std::string head = "blob " + std::to_string(size);
        head.push_back('\0');
        update(head);
    }
}

ContentHash::~ContentHash() = default;

void ContentHash::update(std::span<const char> bytes) {
    check(EVP_DigestUpdate(engine_->context, bytes.data(), bytes.size()));
}

std::string ContentHash::hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    check(EVP_DigestFinal_ex(engine_->context, digest.data(), &length));
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        text += digits[digest[i] >> 4U];
        text += digits[digest[i] & 15U];
    }
    return text;
}

} // namespace able::downloads
