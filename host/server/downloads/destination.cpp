#include "destination.h"

#include "error.h"
#include "fetch.h"

#include "host/base/atomic_file.h"
#include "host/models/hub_cache.h"

#include <span>
#include <system_error>

namespace fs = std::filesystem;

namespace able::downloads {
namespace {

[[noreturn]] void fail(const fs::path &path, const std::error_code &error) {
    throw DownloadError("write_failed", "cannot write " + path.string() + ": " + error.message());
}

void make_folder(const fs::path &folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        fail(folder, error);
    }
}

// "../../blobs/<hash>" from snapshots/<commit>/<path>.
fs::path link_text(const RepoFile &file) {
    fs::path text = "../..";
    for (const char c : file.path) {
        if (c == '/') {
            text /= "..";
        }
    }
    return text / "blobs" / file.hash;
}

void link(const fs::path &path, const RepoFile &file) {
    make_folder(path.parent_path());
    std::error_code error;
    const fs::path text = link_text(file);
    if (fs::is_symlink(path, error) && fs::read_symlink(path, error) == text) {
        return;
    }
    fs::remove(path, error);
    fs::create_symlink(text, path, error);
    if (error) {
        fail(path, error);
    }
}

} // namespace

Destination Destination::in_cache(const fs::path &cache, const std::string &repo) {
    return {cache / models::repo_folder_name(repo), true};
}

Destination Destination::in_folder(const fs::path &folder, const std::string &repo) {
    return {folder / repo, false};
}

fs::path Destination::target(const RepoFile &file) const {
    return cache_ ? folder_ / "blobs" / file.hash : folder_ / file.path;
}

void Destination::prepare(const std::vector<RepoFile> &files) const {
    for (const RepoFile &file : files) {
        make_folder(target(file).parent_path());
    }
}

void Destination::publish(const std::string &commit, const std::string &revision,
                          const std::vector<RepoFile> &files) const {
    if (!cache_) {
        return;
    }
    const fs::path snapshots = folder_ / "snapshots";
    // A folder is a model once it has its index: that comes last.
    for (const bool index : {false, true}) {
        for (const RepoFile &file : files) {
            if ((file.path == "model_index.json") == index) {
                link(snapshots / commit / file.path, file);
            }
        }
    }
    if (revision == commit) {
        return;
    }
    const fs::path ref = folder_ / "refs" / revision;
    make_folder(ref.parent_path());
    try {
        base::write_file_atomically(ref, std::as_bytes(std::span(commit)));
    } catch (const std::system_error &error) {
        fail(ref, error.code());
    }
}

void Destination::discard(const std::vector<RepoFile> &files) const noexcept {
    std::error_code ignored;
    for (const RepoFile &file : files) {
        fs::remove(partial_file(target(file), file), ignored);
    }
}

} // namespace able::downloads
