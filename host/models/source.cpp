#include "source.h"

#include "error.h"
#include "folder_layout.h"
#include "host/base/quote.h"
#include "hub_cache.h"
#include "shard_index.h"
#include "text_files.h"
#include "weight_names.h"

#include <algorithm>
#include <array>
#include <set>
#include <system_error>

namespace fs = std::filesystem;

namespace able::models {

namespace {

constexpr std::size_t configuration_limit = 1U << 20U; // the largest in use have 3 kB
constexpr std::string_view bundle = "bundle_emb.";

std::string folder_name(const fs::path &folder) {
    if (const std::optional<fs::path> repo = repo_folder_of_snapshot(folder)) {
        return *repo_id_of_folder(repo->filename().string());
    }
    return folder.filename().string();
}

// Where the files of a model folder may really lie.
std::vector<fs::path> boundaries_of(const fs::path &folder, const FolderOptions &options) {
    std::vector<fs::path> boundaries{repo_folder_of_snapshot(folder).value_or(folder)};
    for (const fs::path &root : options.trusted_roots) {
        std::error_code error;
        fs::path resolved = fs::canonical(root, error);
        if (!error) {
            boundaries.push_back(std::move(resolved));
        }
    }
    return boundaries;
}

} // namespace

Source::Source(std::int32_t kind, std::string name) : abi_(make_struct<able_source>()), name_(std::move(name)) {
    abi_.kind = kind;
    abi_.name = name_.c_str();
    abi_.host = this;
    abi_.tensor_count = tensor_count;
    abi_.tensor_name = tensor_name;
    abi_.tensor = tensor;
    abi_.quantisation = quantisation;
    abi_.text = text;
    abi_.blob = blob;
    abi_.metadata = metadata;
}

Source::~Source() = default;

std::shared_ptr<Source> Source::open_folder(const fs::path &folder, const FolderOptions &options) {
    std::error_code error;
    const fs::path resolved = fs::canonical(folder, error);
    if (error || !fs::is_directory(resolved, error)) {
        throw ModelError(ABLE_NOT_FOUND, folder.string() + ": no such model folder; refresh the list of models");
    }
    const Boundaries boundaries = boundaries_of(resolved, options);
    std::shared_ptr<Source> source(new Source(ABLE_SOURCE_FOLDER, folder_name(resolved)));
    for (const std::string &component : component_folders(resolved)) {
        source->add_component(resolved, component, resolved / component, options.prefer_variant, boundaries);
    }
    if (source->files_.empty()) {
        throw ModelError(ABLE_NOT_FOUND, folder.string() + ": " + layout_problem(resolved));
    }
    source->texts_ = read_folder_texts(resolved, boundaries);
    source->folder_ = resolved;
    source->boundaries_ = boundaries;
    source->finish();
    return source;
}

std::shared_ptr<Source> Source::open_vae_folder(const fs::path &folder, const FolderOptions &options) {
    std::error_code error;
    const fs::path resolved = fs::canonical(folder, error);
    if (error || !fs::is_directory(resolved, error)) {
        throw ModelError(ABLE_NOT_FOUND, folder.string() + ": no such folder; refresh the list of models");
    }
    const Boundaries boundaries = boundaries_of(resolved, options);
    std::shared_ptr<Source> source(new Source(ABLE_SOURCE_FOLDER, folder_name(resolved)));
    source->add_component(resolved, "vae", resolved, options.prefer_variant, boundaries);
    source->texts_.emplace("vae/config.json", read_text_file(resolve_inside(resolved / "config.json", boundaries)));
    source->finish();
    return source;
}

std::shared_ptr<Source> Source::open_file(const fs::path &file) {
    std::shared_ptr<Source> source(new Source(ABLE_SOURCE_FILE, file.filename().string()));
    source->add_tensors(source->add_file(file, open_weight_file(file)), "");
    source->put_bundled_aside();
    const fs::path configuration = configuration_beside(file);
    std::error_code error;
    if (fs::is_regular_file(configuration, error)) {
        source->texts_.emplace("config.yaml", read_text_file(configuration, configuration_limit));
        source->configuration_ = configuration;
    }
    source->finish();
    return source;
}

std::shared_ptr<Source> Source::open_bundled(const fs::path &file, const std::string &name) {
    std::shared_ptr<Source> source(new Source(ABLE_SOURCE_FILE, name));
    const WeightFile &opened = source->add_file(file, open_weight_file(file));
    const std::string prefix = std::string(bundle) + name + ".";
    for (const WeightFile::Tensor &tensor : opened.tensors()) {
        if (tensor.name.starts_with(prefix)) {
            source->entries_.push_back({tensor.name.substr(prefix.size()), &tensor});
        }
    }
    if (source->entries_.empty()) {
        throw ModelError(ABLE_NOT_FOUND, file.string() + ": there is no embedding " + base::quote(name) +
                                             " in it any more; refresh the list of LoRAs");
    }
    source->finish();
    return source;
}

std::shared_ptr<Source> Source::open(const fs::path &path, const FolderOptions &options) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        return open_file(path);
    }
    return is_vae_folder(path) ? open_vae_folder(path, options) : open_folder(path, options);
}

const WeightFile &Source::add_file(const fs::path &file, std::shared_ptr<const WeightFile> opened) {
    files_.push_back(std::move(opened));
    weight_files_.push_back(file);
    size_bytes_ += files_.back()->size_bytes();
    return *files_.back();
}

// The format follows from the file's name in the folder: in a hub cache that is a link to a blob without an extension.
const WeightFile &Source::add_listed(const fs::path &listed, const Boundaries &boundaries) {
    const fs::path file = resolve_inside(listed, boundaries);
    return add_file(file, open_weight_file(file, listed.filename().string()));
}

void Source::add_component(const fs::path &model_folder, std::string_view component, const fs::path &folder,
                           const std::string &prefer_variant, const Boundaries &boundaries) {
    const Weights weights = find_weights(folder, prefer_variant);
    if (const std::string problem = weights_problem(component, folder, weights); !problem.empty()) {
        throw ModelError(weights.kind == WeightsKind::misnamed ? ABLE_UNSUPPORTED : ABLE_NOT_FOUND,
                         model_folder.string() + ": " + problem);
    }
    const std::string prefix = std::string(component) + ".";
    if (weights.kind == WeightsKind::sharded) {
        add_shards(weights.file, prefix, boundaries);
        return;
    }
    add_tensors(add_listed(weights.file, boundaries), prefix);
}

void Source::add_shards(const fs::path &index, const std::string &prefix, const Boundaries &boundaries) {
    const std::string label = index.string();
    // The largest indices in use have a few hundred kilobytes.
    const auto shard_of = parse_shard_index(read_text_file(resolve_inside(index, boundaries)), label);
    std::map<std::string, const WeightFile *, std::less<>> shards;
    for (const auto &[tensor_name, shard_name] : shard_of) {
        const WeightFile *&shard = shards[shard_name];
        if (shard == nullptr) {
            shard = &add_listed(index.parent_path() / shard_name, boundaries);
        }
        if (shard->find(tensor_name) == nullptr) {
            throw ModelError(ABLE_BAD_FILE, label + ": tensor " + base::quote(tensor_name) + " is not in " +
                                                base::quote(shard_name) +
                                                ", where the index places it; download the model again");
        }
    }
    for (const auto &[shard_name, shard] : shards) {
        for (const WeightFile::Tensor &tensor : shard->tensors()) {
            const auto listed = shard_of.find(tensor.name);
            if (listed == shard_of.end() || listed->second != shard_name) {
                throw ModelError(ABLE_BAD_FILE,
                                 label + ": " + base::quote(shard_name) + " holds tensor " + base::quote(tensor.name) +
                                     ", which the index does not place there; " + "download the model again");
            }
        }
        add_tensors(*shard, prefix);
    }
}

void Source::add_tensors(const WeightFile &file, const std::string &prefix) {
    entries_.reserve(entries_.size() + file.tensors().size());
    for (const WeightFile::Tensor &tensor : file.tensors()) {
        entries_.push_back({prefix + tensor.name, &tensor});
    }
}

void Source::put_bundled_aside() {
    std::set<std::string> names;
    std::erase_if(entries_, [&](const Entry &entry) {
        if (!entry.name.starts_with(bundle)) {
            return false;
        }
        const std::string rest = entry.name.substr(bundle.size());
        names.insert(rest.substr(0, rest.find('.')));
        return true;
    });
    bundled_.assign(names.begin(), names.end());
}

void Source::finish() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry &a, const Entry &b) { return a.name < b.name; });
    std::array<std::uint64_t, dtype_count> bytes{};
    for (const Entry &entry : entries_) {
        bytes[static_cast<std::size_t>(entry.tensor->dtype)] += entry.tensor->bytes;
    }
    if (!entries_.empty()) {
        const auto most = std::max_element(bytes.begin(), bytes.end());
        dtype_ = dtype_label(static_cast<DType>(most - bytes.begin()));
    }
}

void Source::let_go() const noexcept {
    for (const auto &file : files_) {
        file->let_go();
    }
}

const Source::Entry *Source::find(std::string_view name) const noexcept {
    const auto found =
        std::lower_bound(entries_.begin(), entries_.end(), name,
                         [](const Entry &entry, std::string_view wanted) { return entry.name < wanted; });
    return found != entries_.end() && found->name == name ? &*found : nullptr;
}

const Source &Source::from(const able_source *source) noexcept {
    return *static_cast<const Source *>(source->host);
}

std::uint64_t Source::tensor_count(const able_source *source) noexcept {
    return from(source).entries_.size();
}

const char *Source::tensor_name(const able_source *source, std::uint64_t index) noexcept {
    const std::vector<Entry> &entries = from(source).entries_;
    return index < entries.size() ? entries[index].name.c_str() : nullptr;
}

const able_view *Source::tensor(const able_source *source, const char *name) noexcept {
    const Entry *entry = name != nullptr ? from(source).find(name) : nullptr;
    return entry != nullptr ? &entry->tensor->view : nullptr;
}

// None of the formats that are read here has any.
const able_quantisation *Source::quantisation(const able_source *, const char *) noexcept {
    return nullptr;
}

// Read when it is asked for, and kept: nobody asks for many. Nothing that holds weights, and nothing outside the
// folder.
const void *Source::blob(const able_source *source, const char *path, std::uint64_t *length) noexcept {
    const Source &self = from(source);
    if (path == nullptr || self.folder_.empty()) {
        return nullptr;
    }
    try {
        const fs::path relative = fs::path(path).lexically_normal();
        const std::string name = relative.generic_string();
        if (name.empty() || relative.is_absolute() || name.starts_with("..") ||
            weight_format(relative.filename().string()) != nullptr) {
            return nullptr;
        }
        const std::lock_guard lock(self.blobs_mutex_);
        auto found = self.blobs_.find(name);
        if (found == self.blobs_.end()) {
            found = self.blobs_.emplace(name, read_text_file(resolve_inside(self.folder_ / relative, self.boundaries_)))
                        .first;
        }
        if (length != nullptr) {
            *length = found->second.size();
        }
        return found->second.data();
    } catch (const std::exception &) { // no such file, or none that may be read
        return nullptr;
    }
}

const char *Source::text(const able_source *source, const char *path, std::uint64_t *length) noexcept {
    const auto &texts = from(source).texts_;
    const auto found = path != nullptr ? texts.find(std::string_view(path)) : texts.end();
    if (found == texts.end()) {
        return nullptr;
    }
    if (length != nullptr) {
        *length = found->second.size();
    }
    return found->second.c_str();
}

const char *Source::metadata(const able_source *source, const char *key) noexcept {
    const Source &self = from(source);
    if (self.abi_.kind != ABLE_SOURCE_FILE || key == nullptr) {
        return nullptr;
    }
    const auto &values = self.files_.front()->metadata();
    const auto found = values.find(std::string_view(key));
    return found != values.end() ? found->second.c_str() : nullptr;
}

} // namespace able::models
