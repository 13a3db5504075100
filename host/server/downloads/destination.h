// Where a download goes on the disk, and how it becomes something that the catalogue finds.
#pragma once

#include "hub_repo.h"

#include <filesystem>
#include <string>
#include <vector>

namespace able::downloads {

// A repository's folder in a hub cache, as huggingface_hub lays it out, or a plain folder.
class Destination {
public:
    // <cache>/models--org--name
    static Destination in_cache(const std::filesystem::path &cache, const std::string &repo);
    // <folder>/org/name
    static Destination in_folder(const std::filesystem::path &folder, const std::string &repo);

    const std::filesystem::path &folder() const noexcept { return folder_; }
    // Where the file's content goes.
    std::filesystem::path target(const RepoFile &file) const;
    // Makes the folders that targets are in. Throws DownloadError.
    void prepare(const std::vector<RepoFile> &files) const;
    // Once all files are there: of a cache, the snapshot of this commit and the ref to it. Throws DownloadError.
    void publish(const std::string &commit, const std::string &revision, const std::vector<RepoFile> &files) const;
    // What is incomplete of these files.
    void discard(const std::vector<RepoFile> &files) const noexcept;

private:
    Destination(std::filesystem::path folder, bool cache) : folder_(std::move(folder)), cache_(cache) {}

    std::filesystem::path folder_;
    bool cache_;
};

} // namespace able::downloads
