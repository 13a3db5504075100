// The layout of a Hugging Face hub cache.
//
// As huggingface_hub writes it: <cache>/models--<org>--<name>/{refs/main, blobs/, snapshots/<commit>/}. Directory
// listings and the small refs files only; no model file is opened.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace able::models {

// Value of an environment variable; nothing if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string &name)>;

// The process's own.
Environment process_environment();

// HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE (the older name), $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub,
// ~/.cache/huggingface/hub: the first that is set to something, a leading `~` expanded. Nothing if not even HOME is
// set.
std::optional<std::filesystem::path> hub_cache_folder(const Environment &environment = process_environment());

// `name` or `org/name`, of letters, digits, `.`, `_` and `-`, as the hub allows: at most 96 characters, no `--` or
// `..`, no `.` or `-` at either end, not ending in `.git`.
bool is_repo_id(std::string_view id) noexcept;

// "org/name" -> "models--org--name". The id must be valid.
std::string repo_folder_name(std::string_view id);

// "models--org--name" -> "org/name"; nothing if that is not a model repository's folder.
std::optional<std::string> repo_id_of_folder(std::string_view folder_name);

struct Snapshot {
    std::filesystem::path folder; // empty if there is none to use
    std::string commit;
    std::string problem; // why not, and what to do
};

// The snapshot of a repository's folder that `revision` means: a commit id, or a name under refs/. For a `main` without
// a ref, a single snapshot is taken. Never throws for what is on disk.
Snapshot find_snapshot(const std::filesystem::path &repo_folder, std::string_view revision = "main");

// The repository folder that `path` is a snapshot of: `…/models--org--name/snapshots/<commit>` ->
// `…/models--org--name`.
std::optional<std::filesystem::path> repo_folder_of_snapshot(const std::filesystem::path &path);

} // namespace able::models
