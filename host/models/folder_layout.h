// Which files of a diffusers folder hold its weights.
//
// Names only: nothing here opens a file, so the server may use it too.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace able::models {

// Stable Diffusion's components, which come first in a source.
inline constexpr std::array<std::string_view, 4> weight_components{"unet", "vae", "text_encoder", "text_encoder_2"};
// The folders, beside these and the root, without whose texts they cannot be loaded.
inline constexpr std::array<std::string_view, 3> text_components{"tokenizer", "tokenizer_2", "scheduler"};

// The folders of a model whose weights a source offers: those of weight_components that are there, then, by name, all
// others with weights in them. Left out are a classifier of finished pictures (safety_checker) and an
// autoencoder that another replaces (vae_1_0, in Stable Diffusion XL's own repository): no model is drawn with them.
std::vector<std::string> component_folders(const std::filesystem::path &model_folder);

// All folders directly in a model's, by name, whose texts and other small files a source offers.
std::vector<std::string> folders_in(const std::filesystem::path &model_folder);

enum class WeightsKind {
    single,   // one file
    sharded,  // an index that names the shards
    misnamed, // only files of names that are not diffusers'
    none,
};

struct Weights {
    WeightsKind kind = WeightsKind::none;
    std::filesystem::path file; // the weights, the index, or a misnamed file
    std::string variant;        // "fp16", or "" for the plain files
    std::uint64_t bytes = 0;    // of the weights, as the directory lists them
};

// The weights of one component's folder, as choose_weights (weight_names.h) picks them. kind is `none` where the folder
// is missing.
Weights find_weights(const std::filesystem::path &component_folder, std::string_view prefer_variant = {});

// Why the weights that find_weights found for a component cannot be read; "" if they can.
std::string weights_problem(std::string_view component, const std::filesystem::path &component_folder,
                            const Weights &weights);

// Why a model folder cannot be opened, as far as its file names tell; "" if nothing speaks against it.
std::string layout_problem(const std::filesystem::path &model_folder);

// Whether a folder is a component on its own, as AutoencoderKL.save_pretrained writes it: config.json beside
// weights of diffusers' base name, and no model_index.json.
bool is_vae_folder(const std::filesystem::path &folder);

// Where the configuration beside a single file of weights would be: "model.yaml" of "model.safetensors". It need not
// exist.
std::filesystem::path configuration_beside(const std::filesystem::path &file);

// The sum of the weights that find_weights picks for all components.
std::uint64_t weights_bytes(const std::filesystem::path &model_folder);

} // namespace able::models
