// The host's able_source over a diffusers folder or a single file of weights.
#pragma once

#include "weight_file.h"

#include <ablerefusal/source.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace able::models {

struct FolderOptions {
    // Variant to prefer where a component has it ("fp16"); "" takes the plain weights, then fp16.
    std::string prefer_variant;
    // Folders that links in the model folder may lead into, besides the model's own (for a snapshot in a hub cache: the
    // whole repository's, where the blobs are).
    std::vector<std::filesystem::path> trusted_roots;
};

// Immutable once made; every function may be called from any thread. Opened only in a worker (see MappedFile).
class Source {
public:
    // Opens a folder in the diffusers layout: the weights of its component_folders() as tensors with the component's
    // name in front, the .json and .txt files as texts, other files as blobs. Throws ModelError: ABLE_NOT_FOUND (no
    // such folder, a component without weights), ABLE_UNSUPPORTED (only weights under other names), ABLE_BAD_FILE (a
    // damaged file, a link that leads out of the model).
    static std::shared_ptr<Source> open_folder(const std::filesystem::path &folder, const FolderOptions &options = {});

    // Opens an autoencoder's own folder (see is_vae_folder) as the `vae` of a model folder that has nothing else.
    static std::shared_ptr<Source> open_vae_folder(const std::filesystem::path &folder,
                                                   const FolderOptions &options = {});

    // Opens one file: a checkpoint, a LoRA or a VAE. A configuration beside it (see configuration_beside) is the text
    // "config.yaml". What is bundled in the file (see bundled()) is left out. Throws ModelError as open_weight_file
    // does, and if the configuration cannot be read.
    static std::shared_ptr<Source> open_file(const std::filesystem::path &file);

    // Opens what `file` has under one of its bundled() names, as if it were a file of its own. Throws ModelError
    // (ABLE_NOT_FOUND) if there is none.
    static std::shared_ptr<Source> open_bundled(const std::filesystem::path &file, const std::string &name);

    // open_folder, open_vae_folder or open_file, as `path` is.
    static std::shared_ptr<Source> open(const std::filesystem::path &path, const FolderOptions &options = {});

    ~Source();
    Source(const Source &) = delete;
    Source &operator=(const Source &) = delete;

    // Valid as long as this object.
    const able_source *abi() const noexcept { return &abi_; }

    // Frees what was read of the files; see MappedFile.
    void let_go() const noexcept;

    const std::string &name() const noexcept { return name_; }
    // Names of the embeddings inside a LoRA's file, sorted. kohya's and OneTrainer's programs store them as tensors
    // `bundle_emb.NAME.…`.
    const std::vector<std::string> &bundled() const noexcept { return bundled_; }
    std::uint64_t size_bytes() const noexcept { return size_bytes_; } // of all weight files
    // Element type of the most bytes: "fp16", "fp32", …; "" without tensors.
    const std::string &dtype() const noexcept { return dtype_; }
    // The weight files with links resolved, in the order of components; for hashes.
    const std::vector<std::filesystem::path> &weight_files() const noexcept { return weight_files_; }
    // Of a single file: the configuration that lies beside it; empty if none does.
    const std::filesystem::path &configuration() const noexcept { return configuration_; }

private:
    struct Entry {
        std::string name;
        const WeightFile::Tensor *tensor;
    };

    Source(std::int32_t kind, std::string name);

    using Boundaries = std::vector<std::filesystem::path>;

    const WeightFile &add_file(const std::filesystem::path &file, std::shared_ptr<const WeightFile> opened);
    const WeightFile &add_listed(const std::filesystem::path &listed, const Boundaries &boundaries);
    // `folder` is the component's own; messages begin with `model_folder`.
    void add_component(const std::filesystem::path &model_folder, std::string_view component,
                       const std::filesystem::path &folder, const std::string &prefer_variant,
                       const Boundaries &boundaries);
    void add_shards(const std::filesystem::path &index, const std::string &prefix, const Boundaries &boundaries);
    void add_tensors(const WeightFile &file, const std::string &prefix);
    void put_bundled_aside();
    void finish();

    const Entry *find(std::string_view name) const noexcept;
    static const Source &from(const able_source *source) noexcept;
    static std::uint64_t tensor_count(const able_source *source) noexcept;
    static const char *tensor_name(const able_source *source, std::uint64_t index) noexcept;
    static const able_view *tensor(const able_source *source, const char *name) noexcept;
    static const able_quantisation *quantisation(const able_source *source, const char *name) noexcept;
    static const char *text(const able_source *source, const char *path, std::uint64_t *length) noexcept;
    static const void *blob(const able_source *source, const char *path, std::uint64_t *length) noexcept;
    static const char *metadata(const able_source *source, const char *key) noexcept;

    able_source abi_{};
    std::string name_;
    std::string dtype_;
    std::uint64_t size_bytes_ = 0;
    std::vector<std::shared_ptr<const WeightFile>> files_;
    std::vector<std::filesystem::path> weight_files_;
    std::vector<Entry> entries_; // in the order of names
    std::vector<std::string> bundled_;
    std::map<std::string, std::string, std::less<>> texts_;
    std::filesystem::path folder_; // of blobs; empty for a file
    std::filesystem::path configuration_;
    Boundaries boundaries_;
    mutable std::mutex blobs_mutex_;
    mutable std::map<std::string, std::string, std::less<>> blobs_; // that have been asked for
};

} // namespace able::models
