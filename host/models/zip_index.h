// The entries of a zip archive, as they lie in memory. minizip reads the directory; that entries lie where it says,
// inside the archive and apart from each other, is checked here, because it is not checked there.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace able::models {

struct ZipEntry {
    std::string name;
    std::span<const std::byte> data; // inside the archive's bytes, as they are stored
    bool compressed = false;
};

struct ZipLimits {
    std::size_t entries = 200'000;
    std::size_t name_bytes = 1024;
};

// The entries of `archive` that hold data, in the order of names, which are unique. Only entries that are stored as
// they are can be named this way: none may be compressed or encrypted, and no two may share bytes. Check sums are not
// compared: that would read the whole file. `label` names it in errors.
// Throws ModelError: ABLE_BAD_FILE, or ABLE_UNSUPPORTED for compression and encryption.
std::vector<ZipEntry> read_zip_index(std::span<const std::byte> archive, const std::string &label,
                                     const ZipLimits &limits = {});

} // namespace able::models
