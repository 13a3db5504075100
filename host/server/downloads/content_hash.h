// What a file must be: the hash under which a hub keeps it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace able::downloads {

// SHA-256 of the content for large files (64 hex digits), Git's SHA-1 of the blob for the others (40).
bool is_content_hash(std::string_view text);

class ContentHash {
public:
    // `expected` is a content hash; a Git blob's has its size in it.
    ContentHash(std::string_view expected, std::uint64_t size);
    ~ContentHash();
    ContentHash(const ContentHash &) = delete;
    ContentHash &operator=(const ContentHash &) = delete;

    void update(std::span<const char> bytes);
    std::string hex(); // ends it

private:
    struct Engine;
    std::unique_ptr<Engine> engine_;
};

} // namespace able::downloads
