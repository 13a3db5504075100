// What models, LoRAs and embeddings there are on this machine.
//
// Made from directory listings alone: no model file is opened, so the server may do it. What takes a look inside
// (family, variant, dtype, default size) is filled in later, by a process that may.
#pragma once

#include "few_steps.h"
#include "host/protocol/probe.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

struct ExpectedFolder {
    std::filesystem::path folder;
    std::string key; // of the configuration
    bool operator==(const ExpectedFolder &) const = default;
};

// Where to look. An entry that is found twice under one id belongs to the earlier root; the later one's id gets the
// root's name, or "hub", in front.
struct CatalogueRoots {
    // models_dir first, then the extra ones. A folder directly below one of them that is called `loras`, `Lora`,
    // `LyCORIS` or `embeddings`, in any case, holds LoRAs or embeddings.
    std::vector<std::filesystem::path> model_folders;
    std::vector<std::filesystem::path> hub_caches;
    std::vector<std::filesystem::path> lora_folders;
    std::vector<std::filesystem::path> bundled_folders; // what the installation itself has; searched last
    std::vector<std::filesystem::path> embedding_folders = {};
    std::vector<ExpectedFolder> expected = {}; // a warning each where they are not there
    std::size_t max_depth = 5;                 // of folders below a root
    std::size_t max_entries = 100'000;         // directory entries looked at, over all roots
};

// The findings are those of a file that is not ready, for no reason, until it was probed.
struct ModelEntry : protocol::ModelFinding {
    std::string id;   // hub id (`org/name`), or path below the root with '/' (`anime/some-model.safetensors`)
    std::string name; // last part of the id, without an extension
    // A folder with model_index.json, one of an autoencoder alone (see is_vae_folder), or a file of weights.
    std::filesystem::path path;
    std::string kind; // "folder", "hub" or "file"
    std::uint64_t size_bytes = 0;
    bool bundled = false; // came with the installation
};

// In hex; "" where it is not known yet, or does not exist.
struct FileHashes {
    std::string sha256;  // of the whole file; its first 10 digits are the AutoV2 hash that sites and A1111 show
    std::string auto_v3; // the first 12 digits of the SHA-256 of what follows a safetensors file's header
};

// New words for prompts: textual inversion.
struct EmbeddingEntry : protocol::EmbeddingFinding {
    std::string id;   // path below the root with '/', without the extension
    std::string name; // file name without the extension: what prompts call it
    std::filesystem::path path;
    std::uint64_t size_bytes = 0;
    FileHashes hashes;
    bool bundled = false; // inside the LoRA whose path it has; its id is the LoRA's, a colon and its name
};

struct LoraEntry : protocol::LoraFinding {
    std::string id;   // path below the root with '/', without the extension
    std::string name; // file name without the extension
    std::filesystem::path path;
    std::uint64_t size_bytes = 0;
    std::optional<FewSteps> few_steps;
    std::vector<EmbeddingEntry> bundled; // words that come with it
    FileHashes hashes;
};

struct Catalogue {
    std::vector<ModelEntry> models; // in the order of ids
    std::vector<ModelEntry> vaes;   // likewise: autoencoders on their own, once probed; among the models before
    std::vector<LoraEntry> loras;   // likewise
    std::vector<EmbeddingEntry> embeddings;
    std::vector<std::string> warnings; // folders that could not be read, names that are not UTF-8, …
};

// Lists the roots. A root that does not exist counts as empty. There is a warning for each expected folder that does
// not exist, and for what cannot be read.
Catalogue scan(const CatalogueRoots &roots);

// An entry by what a user called it.
template <class Entry>
struct Lookup {
    const Entry *entry = nullptr;        // null: `message` says why
    bool ambiguous = false;              // more than one entry fits; `candidates` are their ids
    std::vector<std::string> candidates; // else, of an entry that was not found: the closest ids
    std::string message;
};

// Whether these digits are the beginning of the file's sha256 or of its auto_v3. Of auto_v3 only 12 digits are known,
// so a longer hash fits if it begins with them.
bool has_hash(const FileHashes &hashes, std::string_view start);

// Finds the entry whose id is `name`, with or without its extension; else the only one whose id has `name` as its last
// part; else, of LoRAs, the only one with this alias, or with a hash that begins with it (8 digits or more). Names are
// compared in Unicode's form C. `name` never reaches the file system. Pointers live as long as the catalogue.
Lookup<ModelEntry> find_model(const Catalogue &catalogue, std::string_view name);
Lookup<ModelEntry> find_vae(const Catalogue &catalogue, std::string_view name);
Lookup<LoraEntry> find_lora(const Catalogue &catalogue, std::string_view name);

} // namespace able::server
