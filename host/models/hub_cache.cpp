#include "hub_cache.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <vector>

namespace fs = std::filesystem;

namespace able::models {

namespace {

constexpr std::string_view folder_prefix = "models--";
constexpr std::string_view separator = "--";
constexpr std::size_t longest_id = 96;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// One part of a repository id.
bool is_id_part(std::string_view part) {
    const auto allowed = [](char c) {
        return is_word(c) || c == '.' || c == '-';
    };
    return !part.empty() && is_word(part.front()) && is_word(part.back()) &&
           std::all_of(part.begin(), part.end(), allowed);
}

// Git's SHA-1 or SHA-256.
bool is_commit(std::string_view text) {
    const auto hex = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    };
    return (text.size() == 40 || text.size() == 64) && std::all_of(text.begin(), text.end(), hex);
}

// A name below refs/, such as `main` or `refs/pr/3`.
bool is_ref_name(std::string_view name) {
    const auto allowed = [](char c) {
        return is_word(c) || c == '.' || c == '-' || c == '/';
    };
    return !name.empty() && name.size() <= 255 && name.front() != '/' && name.back() != '/' &&
           std::all_of(name.begin(), name.end(), allowed) && name.find("..") == std::string_view::npos;
}

std::string trimmed(std::string text) {
    const auto space = [](unsigned char c) {
        return std::isspace(c) != 0;
    };
    text.erase(std::find_if_not(text.rbegin(), text.rend(), space).base(), text.end());
    text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), space));
    return text;
}

// The commit that a ref's file holds; "" if there is none, or something else in it.
std::string read_ref(const fs::path &file) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
        return {};
    }
    std::ifstream stream(file, std::ios::binary);
    std::string text(128, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    text = trimmed(std::move(text));
    return is_commit(text) ? text : std::string();
}

std::vector<std::string> snapshots_in(const fs::path &repo_folder) {
    std::vector<std::string> commits;
    std::error_code error;
    for (fs::directory_iterator entry(repo_folder / "snapshots", error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        const std::string name = entry->path().filename().string();
        if (is_commit(name) && entry->is_directory(ignored)) {
            commits.push_back(name);
        }
    }
    return commits;
}

fs::path expand_home(const std::string &path, const Environment &environment) {
    if (path != "~" && !path.starts_with("~/")) {
        return path;
    }
    const std::optional<std::string> home = environment("HOME");
    return home ? fs::path(*home + path.substr(1)) : fs::path(path);
}

} // namespace

Environment process_environment() {
    return [](const std::string &name) -> std::optional<std::string> {
        const char *value = std::getenv(name.c_str());
        if (value == nullptr) {
            return std::nullopt;
        }
        return value;
    };
}

std::optional<fs::path> hub_cache_folder(const Environment &environment) {
    struct Rule {
        const char *variable;
        const char *below;
    };
    constexpr Rule rules[] = {
        {"HF_HUB_CACHE", ""},
        {"HUGGINGFACE_HUB_CACHE", ""},
        {"HF_HOME", "hub"},
        {"XDG_CACHE_HOME", "huggingface/hub"},
        {"HOME", ".cache/huggingface/hub"},
    };
    for (const Rule &rule : rules) {
        const std::optional<std::string> value = environment(rule.variable);
        if (value && !value->empty()) {
            const fs::path base = expand_home(*value, environment);
            return *rule.below == '\0' ? base : base / rule.below;
        }
    }
    return std::nullopt;
}

bool is_repo_id(std::string_view id) noexcept {
    if (id.size() > longest_id || id.find("--") != std::string_view::npos || id.find("..") != std::string_view::npos ||
        id.ends_with(".git")) {
        return false;
    }
    const std::size_t slash = id.find('/');
    if (slash == std::string_view::npos) {
        return is_id_part(id);
    }
    return is_id_part(id.substr(0, slash)) && is_id_part(id.substr(slash + 1));
}

std::string repo_folder_name(std::string_view id) {
    std::string name(folder_prefix);
    for (const char c : id) {
        if (c == '/') {
            name += separator;
        } else {
            name += c;
        }
    }
    return name;
}

std::optional<std::string> repo_id_of_folder(std::string_view folder_name) {
    if (!folder_name.starts_with(folder_prefix)) {
        return std::nullopt;
    }
    std::string id(folder_name.substr(folder_prefix.size()));
    const std::size_t cut = id.find(separator);
    if (cut != std::string::npos) {
        id.replace(cut, separator.size(), "/");
    }
    if (!is_repo_id(id)) {
        return std::nullopt;
    }
    return id;
}

Snapshot find_snapshot(const fs::path &repo_folder, std::string_view revision) {
    Snapshot result;
    if (is_commit(revision)) {
        result.commit = revision;
    } else if (is_ref_name(revision)) {
        result.commit = read_ref(repo_folder / "refs" / revision);
    } else {
        result.problem = "the revision is neither a commit nor the name of a branch";
        return result;
    }
    std::error_code error;
    if (!result.commit.empty() && fs::is_directory(repo_folder / "snapshots" / result.commit, error)) {
        result.folder = repo_folder / "snapshots" / result.commit;
        return result;
    }
    // Made by copying, or by a download of one commit: no refs.
    const std::vector<std::string> commits = snapshots_in(repo_folder);
    if (revision == "main" && result.commit.empty() && commits.size() == 1) {
        result.commit = commits.front();
        result.folder = repo_folder / "snapshots" / commits.front();
        return result;
    }
    result.commit.clear();
    result.problem = "the cache has no snapshot for this revision; download the model again";
    if (revision == "main" && commits.size() > 1) {
        result.problem =
            "the cache has several snapshots and no usable refs/main that says which one to take; download "
            "the model again, or remove the snapshots that you do not want";
    }
    return result;
}

std::optional<fs::path> repo_folder_of_snapshot(const fs::path &path) {
    const fs::path snapshots = path.parent_path();
    const fs::path repo = snapshots.parent_path();
    if (snapshots.filename() != "snapshots" || !repo_id_of_folder(repo.filename().string())) {
        return std::nullopt;
    }
    return repo;
}

} // namespace able::models
