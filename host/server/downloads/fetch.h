// One file from a hub to the disk: goes on where it stopped, and is there under its name only once its hash is right.
#pragma once

#include "hub_client.h"
#include "hub_repo.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace able::downloads {

struct Fetch {
    std::string url_path;         // below the hub's address
    RepoFile file;                // what it must be
    std::filesystem::path target; // in a folder that exists
    std::function<void(std::uint64_t bytes_done)> on_progress;
};

// What is there so far of `target`.
std::filesystem::path partial_file(const std::filesystem::path &target, const RepoFile &file);

// Throws DownloadError: "stopped", "hash_mismatch", "no_space", …. The partial file stays but for a wrong hash.
void fetch(const HubClient &hub, const Fetch &fetch, Interrupt &interrupt);

} // namespace able::downloads
