// Files that are whole or absent, whatever happens.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace able::base {

// Writes `bytes` to `path`, replacing a file of that name: into a temporary file beside it, synced, renamed, the folder
// synced. After a crash `path` holds the old content or the new, never a part; a failure leaves no temporary file.
// `permissions` are less the umask. Throws std::system_error whose text names the path and what to do.
void write_file_atomically(const std::filesystem::path &path, std::span<const std::byte> bytes,
                           unsigned permissions = 0666);

} // namespace able::base
