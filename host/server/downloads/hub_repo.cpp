#include "hub_repo.h"

#include "content_hash.h"
#include "error.h"

#include "host/base/request_error.h"
#include "host/base/strict_json.h"
#include "host/models/weight_names.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>

namespace able::downloads {
namespace {

using nlohmann::json;

constexpr base::JsonLimits reply_limits{.max_depth = 16, .max_values = 400'000};
constexpr std::size_t longest_path = 512;
constexpr std::size_t longest_name = 200;
constexpr std::size_t max_repo_files = 20'000;
constexpr std::size_t names_in_a_message = 12;

constexpr std::array<std::string_view, 9> component_folders{"unet",         "transformer",    "vae",
                                                            "text_encoder", "text_encoder_2", "tokenizer",
                                                            "tokenizer_2",  "scheduler",      "feature_extractor"};

[[noreturn]] void refuse_reply() {
    throw DownloadError("unexpected_reply", "the hub's reply does not describe a repository");
}

std::string_view folder_of(std::string_view path) {
    const auto slash = path.find('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view file_name(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_settings(std::string_view name) {
    return name.ends_with(".json") || name.ends_with(".txt");
}

std::string names_of(const std::vector<RepoFile> &files) {
    std::string text;
    for (std::size_t i = 0; i < files.size() && i < names_in_a_message; ++i) {
        text += (i > 0 ? ", " : "") + files[i].path;
    }
    return files.size() > names_in_a_message ? text + ", …" : text;
}

Choice choose_diffusers(const Repo &repo, std::string_view variant) {
    Choice choice{.files = {}, .diffusers = true};
    std::map<std::string_view, std::vector<std::string>> names; // in the folder of each component
    for (const RepoFile &file : repo.files) {
        const std::string_view folder = folder_of(file.path);
        const std::string_view name = file_name(file.path);
        const bool component =
            std::find(component_folders.begin(), component_folders.end(), folder) != component_folders.end();
        if (file.path == "model_index.json") {
            choice.files.push_back(file);
        } else if (!component || file.path.find('/', folder.size() + 1) != std::string::npos) {
            continue;
        } else if (is_settings(name) && name.find(".index.") == std::string_view::npos) {
            choice.files.push_back(file);
        } else {
            names[folder].emplace_back(name);
        }
    }
    std::set<std::string, std::less<>> taken; // paths
    bool unet = false;
    for (const auto &[folder, in_folder] : names) {
        const auto weights = models::choose_weights(in_folder, variant);
        if (!weights) {
            continue;
        }
        unet = unet || folder == "unet";
        taken.insert(std::string(folder) + "/" + weights->file);
        for (const std::string &shard : weights->shards) {
            taken.insert(std::string(folder) + "/" + shard);
        }
    }
    if (!unet) {
        throw DownloadError("no_usable_files", "this repository has no weights in its folder unet that can be read (" +
                                                   models::component_weight_names() +
                                                   "), so it would be of no use here");
    }
    std::copy_if(repo.files.begin(), repo.files.end(), std::back_inserter(choice.files),
                 [&taken](const RepoFile &file) { return taken.contains(file.path); });
    return choice;
}

bool is_diffusers(const Repo &repo) {
    return std::any_of(repo.files.begin(), repo.files.end(),
                       [](const RepoFile &file) { return file.path == "model_index.json"; });
}

// "model-00001-of-00002"
bool is_shard(std::string_view path) {
    static const std::regex numbered("-[0-9]+-of-[0-9]+\\.");
    return std::regex_search(path.begin(), path.end(), numbered);
}

std::vector<RepoFile> files_if(const Repo &repo, bool (*wanted)(std::string_view name) noexcept) {
    std::vector<RepoFile> files;
    std::copy_if(repo.files.begin(), repo.files.end(), std::back_inserter(files),
                 [wanted](const RepoFile &file) { return wanted(file_name(file.path)); });
    return files;
}

} // namespace

std::optional<Choice> whole_model(const Repo &repo, std::string_view variant) {
    if (!is_diffusers(repo)) {
        return std::nullopt;
    }
    try {
        return choose_diffusers(repo, variant);
    } catch (const DownloadError &) {
        return std::nullopt;
    }
}

std::vector<RepoFile> single_files(const Repo &repo) {
    const bool diffusers = is_diffusers(repo);
    std::vector<RepoFile> files;
    std::copy_if(repo.files.begin(), repo.files.end(), std::back_inserter(files), [&](const RepoFile &file) {
        return models::is_weight_file_name(file_name(file.path)) && !is_shard(file.path) &&
               !(diffusers && file.path.find('/') != std::string::npos);
    });
    return files;
}

bool is_safe_path(std::string_view path) {
    if (path.empty() || path.size() > longest_path) {
        return false;
    }
    std::string_view rest = path;
    for (;;) {
        const auto slash = rest.find('/');
        const std::string_view name = rest.substr(0, slash);
        // Names that begin with a dot are for the programs that made the repository.
        const bool odd = std::any_of(name.begin(), name.end(), [](unsigned char c) {
            return c < 0x20 || c == 0x7f || c == '\\' || c == ':' || c == '*' || c == '?' || c == '"' || c == '<' ||
                   c == '>' || c == '|';
        });
        if (name.empty() || name.size() > longest_name || name.front() == '.' || odd) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        rest.remove_prefix(slash + 1);
    }
}

Repo parse_repo(std::string_view reply) {
    Repo repo;
    json document;
    try {
        document = base::parse_strict_json(reply, reply_limits);
    } catch (const base::RequestError &) {
        refuse_reply();
    }
    if (!document.is_object() || !document.contains("sha") || !document.at("sha").is_string() ||
        !document.contains("siblings") || !document.at("siblings").is_array() ||
        document.at("siblings").size() > max_repo_files) {
        refuse_reply();
    }
    repo.commit = document.at("sha").get<std::string>();
    if (repo.commit.size() != 40 || !is_content_hash(repo.commit)) {
        refuse_reply();
    }
    for (const json &sibling : document.at("siblings")) {
        if (!sibling.is_object() || !sibling.contains("rfilename") || !sibling.at("rfilename").is_string()) {
            refuse_reply();
        }
        RepoFile file;
        file.path = sibling.at("rfilename").get<std::string>();
        const auto text = [](const json &object, const char *name) {
            const auto found = object.find(name);
            return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
        };
        const auto lfs = sibling.find("lfs");
        const bool large = lfs != sibling.end() && lfs->is_object();
        file.hash = large ? text(*lfs, "sha256") : text(sibling, "blobId");
        const auto size = sibling.find("size");
        if (size == sibling.end() || !size->is_number_unsigned() || !is_content_hash(file.hash) ||
            !is_safe_path(file.path)) {
            repo.left_out.push_back(file.path.substr(0, longest_path));
            continue;
        }
        file.size = size->get<std::uint64_t>();
        repo.files.push_back(std::move(file));
    }
    return repo;
}

Choice choose_files(const Repo &repo, const std::vector<std::string> &wanted, std::string_view variant) {
    if (!wanted.empty()) {
        Choice choice;
        for (const std::string &path : wanted) {
            const auto found = std::find_if(repo.files.begin(), repo.files.end(),
                                            [&](const RepoFile &file) { return file.path == path; });
            if (found == repo.files.end()) {
                throw DownloadError("unknown_file", "the repository has no file \"" + path.substr(0, longest_path) +
                                                        "\" that can be taken; it has " + names_of(repo.files));
            }
            choice.files.push_back(*found);
        }
        return choice;
    }
    if (is_diffusers(repo)) {
        return choose_diffusers(repo, variant);
    }
    std::vector<RepoFile> weights = files_if(repo, models::is_safetensors_name);
    if (weights.empty()) {
        weights = files_if(repo, models::is_weight_file_name);
    }
    if (weights.empty()) {
        throw DownloadError("no_usable_files", "this repository is no diffusers model and has no file that ends in " +
                                                   models::weight_extensions());
    }
    if (weights.size() > 1) {
        throw DownloadError("choose_files",
                            "this repository has several files; name in `files` which to get: " + names_of(weights));
    }
    return {std::move(weights), false};
}

} // namespace able::downloads
