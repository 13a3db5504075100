// host/models/catalogue.h: what models and LoRAs there are on this machine.
//
// Made from directory listings alone: no model file is opened, so the server may do it. What takes a look inside
// (family, variant, dtype, default size) is filled in later, by a process that may.
#pragma once

#include "host/models/memory_need.h"

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace able::models {

// Where to look. An entry that is found twice under one id belongs to the earlier root; the later one's id gets the
// root's name, or "hub", in front.
struct CatalogueRoots {
    // models_dir first, then the extra ones. A folder `loras` or `Lora` directly below is left out.
    std::vector<std::filesystem::path> model_folders;
    std::vector<std::filesystem::path> hub_caches;
    std::vector<std::filesystem::path> lora_folders;
    std::vector<std::filesystem::path> bundled_folders; // models and LoRAs of the installation itself; searched last
    std::size_t max_depth = 5;                          // of folders below a root
    std::size_t max_entries = 100'000;                  // directory entries looked at, over all roots
};

struct ModelEntry {
    std::string id;   // hub id (`org/name`), or path below the root with '/' (`anime/some-model.safetensors`)
    std::string name; // last part of the id, without an extension
    // A folder with model_index.json, one of an autoencoder alone (see is_vae_folder), or a file of weights.
    std::filesystem::path path;
    std::string kind; // "folder", "hub" or "file"
    std::uint64_t size_bytes = 0;
    std::string family; // "" until probed, and so on
    std::string variant;
    std::string dtype;
    std::uint32_t default_width = 0;
    std::uint32_t default_height = 0;
    bool ready = false;
    std::string reason;   // why it is not ready, and what to do; else ""
    bool bundled = false; // came with the installation
    MemoryNeed memory;    // unknown until probed, or if no plugin says
};

struct LoraEntry {
    std::string id;   // path below the root with '/', without the extension
    std::string name; // file name without the extension
    std::filesystem::path path;
    std::uint64_t size_bytes = 0;
    std::string family;
    bool ready = false;
    std::string reason;
};

struct Catalogue {
    std::vector<ModelEntry> models;    // in the order of ids
    std::vector<ModelEntry> vaes;      // likewise: autoencoders on their own, once probed; among the models before
    std::vector<LoraEntry> loras;      // likewise
    std::vector<std::string> warnings; // folders that could not be read, names that are not UTF-8, …
};

// Lists the roots. A root that does not exist is an empty one; what cannot be read becomes a warning.
Catalogue scan(const CatalogueRoots &roots);

// An entry by what a user called it.
template <class Entry>
struct Lookup {
    const Entry *entry = nullptr;        // null: `message` says why
    bool ambiguous = false;              // more than one entry fits; `candidates` are their ids
    std::vector<std::string> candidates; // else, of an entry that was not found: the closest ids
    std::string message;
};

// The entry whose id is `name`; else the only one whose last part, with or without an extension, is `name`. Compares
// strings only: `name` never reaches the file system. Pointers live as long as the catalogue.
Lookup<ModelEntry> find_model(const Catalogue &catalogue, std::string_view name);
Lookup<ModelEntry> find_vae(const Catalogue &catalogue, std::string_view name);
Lookup<LoraEntry> find_lora(const Catalogue &catalogue, std::string_view name);

// Paths as UTF-8 strings. Reading is strict: throws nlohmann::json::exception for a missing or mistyped field.
void to_json(nlohmann::json &json, const ModelEntry &entry);
void from_json(const nlohmann::json &json, ModelEntry &entry);
void to_json(nlohmann::json &json, const LoraEntry &entry);
void from_json(const nlohmann::json &json, LoraEntry &entry);
void to_json(nlohmann::json &json, const Catalogue &catalogue);
void from_json(const nlohmann::json &json, Catalogue &catalogue);

} // namespace able::models
