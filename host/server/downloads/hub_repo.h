// What a repository on a hub has, and which of it a model needs.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::downloads {

struct RepoFile {
    std::string path; // with '/'; safe below any folder
    std::uint64_t size = 0;
    std::string hash; // see content_hash.h
};

struct Repo {
    std::string commit;
    std::vector<RepoFile> files;
    std::vector<std::string> left_out; // files that cannot be taken: an odd name, no hash
};

// Of the hub's reply to /api/models/{repo}/revision/{revision}?blobs=true. Throws DownloadError.
Repo parse_repo(std::string_view reply);

// Whether `path`, in UTF-8 as all of JSON is, stays below the folder that it is joined to, on every system.
bool is_safe_path(std::string_view path);

struct Choice {
    std::vector<RepoFile> files;
    bool diffusers = false; // a whole model in diffusers' layout
};

// Of a diffusers model what its parts need: of each part the weights that would be read (host/models/weight_names.h),
// those of `variant` ("fp16") where there are any. Nothing of any other repository, nor where weights are missing.
std::optional<Choice> whole_model(const Repo &repo, std::string_view variant);

// The files of weights that are a model or a LoRA by themselves, as far as names tell: no parts of a diffusers model,
// no shards.
std::vector<RepoFile> single_files(const Repo &repo);

// `wanted` by name, or if it is empty: of a diffusers model as whole_model says; of another repository its only
// .safetensors file or, where it has none, its only file of weights. Throws DownloadError that says what there is to
// choose from.
Choice choose_files(const Repo &repo, const std::vector<std::string> &wanted, std::string_view variant);

} // namespace able::downloads
