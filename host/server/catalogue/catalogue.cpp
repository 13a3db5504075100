#include "catalogue.h"

#include "host/base/ascii.h"
#include "host/models/folder_layout.h"
#include "host/models/hub_cache.h"
#include "host/models/weight_names.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

namespace fs = std::filesystem;

namespace able::server {

namespace {

// What is listed has to travel as JSON, which is UTF-8.
bool fits_json(const std::string &text) {
    try {
        static_cast<void>(nlohmann::json(text).dump());
        return true;
    } catch (const nlohmann::json::type_error &) {
        return false;
    }
}

// Of a file of weights, for people.
std::string plain_name(const fs::path &file) {
    return std::string(models::without_weight_extension(file.filename().string()));
}

std::uint64_t file_bytes(const fs::path &file) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    return error ? 0 : size;
}

// Of the root, to tell its entries from another root's.
std::string root_name(const fs::path &root) {
    return root.has_filename() ? root.filename().string() : root.parent_path().filename().string();
}

// As this program, A1111, Forge and ComfyUI call them.
bool is_lora_folder_name(const std::string &name) {
    constexpr std::array<std::string_view, 4> names{"lora", "loras", "lycoris", "locon"};
    return std::find(names.begin(), names.end(), base::lower(name)) != names.end();
}

bool is_embedding_folder_name(const std::string &name) {
    return base::lower(name) == "embeddings";
}

class Scanner {
public:
    explicit Scanner(const CatalogueRoots &roots)
        : roots_(roots), lora_folders_(roots.lora_folders), embedding_folders_(roots.embedding_folders) {
        find_adapter_folders();
        for (const auto *folders : {&lora_folders_, &embedding_folders_}) {
            for (const fs::path &folder : *folders) {
                std::error_code error;
                adapter_folders_.insert(fs::weakly_canonical(folder, error));
            }
        }
    }

    Catalogue run() {
        warn_of_missing_folders();
        for (const fs::path &root : roots_.model_folders) {
            visited_.clear();
            scan_models(root, root, 0);
        }
        for (const fs::path &root : roots_.hub_caches) {
            scan_hub(root);
        }
        for (const fs::path &root : lora_folders_) {
            visited_.clear();
            scan_adapters(catalogue_.loras, lora_paths_, root, root, 0);
        }
        for (const fs::path &root : embedding_folders_) {
            visited_.clear();
            scan_adapters(catalogue_.embeddings, embedding_paths_, root, root, 0);
        }
        for (const fs::path &root : roots_.bundled_folders) {
            visited_.clear();
            const std::size_t before = catalogue_.models.size();
            scan_models(root, root, 0);
            std::for_each(catalogue_.models.begin() + static_cast<std::ptrdiff_t>(before), catalogue_.models.end(),
                          [](ModelEntry &entry) { entry.bundled = true; });
            visited_.clear();
            scan_adapters(catalogue_.loras, lora_paths_, root / "loras", root / "loras", 0);
            visited_.clear();
            scan_adapters(catalogue_.embeddings, embedding_paths_, root / "embeddings", root / "embeddings", 0);
        }
        const auto by_id = [](const auto &a, const auto &b) {
            return a.id < b.id;
        };
        std::sort(catalogue_.models.begin(), catalogue_.models.end(), by_id);
        std::sort(catalogue_.loras.begin(), catalogue_.loras.end(), by_id);
        std::sort(catalogue_.embeddings.begin(), catalogue_.embeddings.end(), by_id);
        return std::move(catalogue_);
    }

private:
    void warn_of_missing_folders() {
        for (const auto &[folder, key] : roots_.expected) {
            std::error_code error;
            if (!fs::is_directory(folder, error)) {
                warn("there is no folder " + folder.string() + ", where " + key +
                     " expects one; correct it, or make the folder");
            }
        }
    }

    // Those directly below the folders of models that nobody named.
    void find_adapter_folders() {
        for (const fs::path &root : roots_.model_folders) {
            std::set<fs::path> loras, embeddings; // in the order of names
            std::error_code error, ignored;
            fs::directory_iterator entry(root, error);
            for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
                const std::string name = entry->path().filename().string();
                if (is_lora_folder_name(name) && entry->is_directory(ignored)) {
                    loras.insert(entry->path());
                } else if (is_embedding_folder_name(name) && entry->is_directory(ignored)) {
                    embeddings.insert(entry->path());
                }
            }
            std::for_each(loras.begin(), loras.end(), [&](const fs::path &path) { add_once(lora_folders_, path); });
            std::for_each(embeddings.begin(), embeddings.end(),
                          [&](const fs::path &path) { add_once(embedding_folders_, path); });
        }
    }

    static void add_once(std::vector<fs::path> &folders, const fs::path &folder) {
        const bool known = std::any_of(folders.begin(), folders.end(), [&](const fs::path &other) {
            std::error_code error;
            return fs::equivalent(other, folder, error);
        });
        if (!known) {
            folders.push_back(folder);
        }
    }

    void scan_models(const fs::path &root, const fs::path &folder, std::size_t depth) {
        if (is_model(folder) || models::is_vae_folder(folder)) {
            add_folder(root, folder);
            return;
        }
        if (!enter(folder, depth)) {
            return;
        }
        for (const fs::directory_entry &entry : list(folder)) {
            const std::string name = entry.path().filename().string();
            std::error_code error;
            if (entry.is_directory(error)) {
                if (is_model_repo(name)) {
                    add_repo(root, entry.path());
                    continue;
                }
                if (!is_adapter_folder(entry.path(), depth)) {
                    scan_models(root, entry.path(), depth + 1);
                }
                continue;
            }
            if (models::is_weight_file_name(name)) {
                add_file(root, entry.path());
            }
        }
    }

    void scan_hub(const fs::path &root) {
        for (const fs::directory_entry &entry : list(root)) {
            std::error_code error;
            if (is_model_repo(entry.path().filename().string()) && entry.is_directory(error)) {
                add_repo(root, entry.path());
            }
        }
    }

    using Paths = std::map<std::string, fs::path>; // by id

    template <class Entry>
    void scan_adapters(std::vector<Entry> &entries, Paths &paths, const fs::path &root, const fs::path &folder,
                       std::size_t depth) {
        if (!enter(folder, depth)) {
            return;
        }
        for (const fs::directory_entry &entry : list(folder)) {
            std::error_code error;
            if (entry.is_directory(error)) {
                scan_adapters(entries, paths, root, entry.path(), depth + 1);
            } else if (models::is_weight_file_name(entry.path().filename().string())) {
                add_adapter(entries, paths, root, entry.path());
            }
        }
    }

    // Each folder once, however links may loop.
    bool enter(const fs::path &folder, std::size_t depth) {
        std::error_code error;
        const fs::path resolved = fs::canonical(folder, error);
        return !error && depth <= roots_.max_depth && visited_.insert(resolved).second;
    }

    // Entries in the order of names, hidden ones left out.
    std::vector<fs::directory_entry> list(const fs::path &folder) {
        std::vector<fs::directory_entry> entries;
        std::error_code error;
        if (!fs::exists(folder, error)) {
            return entries;
        }
        fs::directory_iterator entry(folder, error);
        for (const fs::directory_iterator end; !error && entry != end; entry.increment(error)) {
            if (seen_ == roots_.max_entries) {
                warn_once(folder.string() + ": more than " + std::to_string(roots_.max_entries) +
                          " files and folders; the rest is not listed. Configure more specific model folders");
                break;
            }
            ++seen_;
            const std::string name = entry->path().filename().string();
            if (name.starts_with('.')) {
                continue;
            }
            if (!fits_json(entry->path().string())) {
                warn(folder.string() + ": an entry whose name is not UTF-8 is left out; rename it");
                continue;
            }
            entries.push_back(*entry);
        }
        if (error) {
            warn(folder.string() + ": cannot be read (" + error.message() + ")");
        }
        std::sort(entries.begin(), entries.end());
        return entries;
    }

    static bool is_model(const fs::path &folder) {
        std::error_code error;
        return fs::is_regular_file(folder / "model_index.json", error);
    }

    static bool is_model_repo(const std::string &name) { return models::repo_id_of_folder(name).has_value(); }

    bool is_adapter_folder(const fs::path &folder, std::size_t depth) const {
        const std::string name = folder.filename().string();
        std::error_code error;
        return (depth == 0 && (is_lora_folder_name(name) || is_embedding_folder_name(name))) ||
               adapter_folders_.contains(fs::weakly_canonical(folder, error));
    }

    void add_folder(const fs::path &root, const fs::path &folder) {
        ModelEntry entry;
        entry.id = folder == root ? root_name(root) : folder.lexically_relative(root).generic_string();
        entry.name = root_name(folder);
        entry.path = folder;
        entry.kind = "folder";
        add_diffusers(std::move(entry), root_name(root));
    }

    void add_repo(const fs::path &root, const fs::path &repo) {
        const models::Snapshot snapshot = models::find_snapshot(repo);
        // Without a snapshot, or a pipeline in it, this is some other program's business.
        if (snapshot.folder.empty() || !(is_model(snapshot.folder) || models::is_vae_folder(snapshot.folder))) {
            return;
        }
        ModelEntry entry;
        entry.id = *models::repo_id_of_folder(repo.filename().string());
        entry.name = entry.id.substr(entry.id.rfind('/') + 1);
        entry.path = snapshot.folder;
        entry.kind = "hub";
        const bool configured =
            std::find(roots_.hub_caches.begin(), roots_.hub_caches.end(), root) == roots_.hub_caches.end();
        add_diffusers(std::move(entry), configured ? root_name(root) : "hub");
    }

    void add_diffusers(ModelEntry entry, const std::string &prefix) {
        if (is_model(entry.path)) {
            entry.size_bytes = models::weights_bytes(entry.path);
            entry.reason = models::layout_problem(entry.path);
        } else {
            entry.size_bytes = models::find_weights(entry.path).bytes;
        }
        entry.ready = entry.reason.empty();
        add(catalogue_.models, model_paths_, std::move(entry), prefix);
    }

    void add_file(const fs::path &root, const fs::path &file) {
        ModelEntry entry;
        entry.id = file.lexically_relative(root).generic_string();
        entry.name = plain_name(file);
        entry.path = file;
        entry.kind = "file";
        entry.size_bytes = file_bytes(file);
        entry.ready = entry.size_bytes > 0;
        entry.reason = entry.ready ? "" : empty_file;
        add(catalogue_.models, model_paths_, std::move(entry), root_name(root));
    }

    template <class Entry>
    void add_adapter(std::vector<Entry> &entries, Paths &paths, const fs::path &root, const fs::path &file) {
        Entry entry;
        entry.id = models::without_weight_extension(file.lexically_relative(root).generic_string());
        entry.name = plain_name(file);
        entry.path = file;
        entry.size_bytes = file_bytes(file);
        entry.ready = entry.size_bytes > 0;
        entry.reason = entry.ready ? "" : empty_file;
        add(entries, paths, std::move(entry), root_name(root));
    }

    static constexpr const char *empty_file = "the file is empty or not there; download it again";

    // Under its id, or with the prefix if that is taken; the same files under the same id are listed once.
    template <class Entry>
    static void add(std::vector<Entry> &entries, Paths &paths, Entry entry, const std::string &prefix) {
        const auto first = paths.find(entry.id);
        if (first != paths.end()) {
            std::error_code error;
            if (fs::equivalent(first->second, entry.path, error)) {
                return;
            }
            const std::string plain = prefix + "/" + entry.id;
            entry.id = plain;
            for (int number = 2; paths.contains(entry.id); ++number) {
                entry.id = plain + " (" + std::to_string(number) + ")";
            }
        }
        paths.emplace(entry.id, entry.path);
        entries.push_back(std::move(entry));
    }

    void warn(std::string text) { catalogue_.warnings.push_back(std::move(text)); }

    void warn_once(std::string text) {
        if (!std::exchange(warned_, true)) {
            warn(std::move(text));
        }
    }

    const CatalogueRoots &roots_;
    Catalogue catalogue_;
    Paths model_paths_;
    Paths lora_paths_, embedding_paths_;
    std::vector<fs::path> lora_folders_, embedding_folders_;
    std::set<fs::path> adapter_folders_; // all of those
    std::set<fs::path> visited_;
    std::size_t seen_ = 0;
    bool warned_ = false;
};

} // namespace

Catalogue scan(const CatalogueRoots &roots) {
    return Scanner(roots).run();
}

} // namespace able::server
